"""The whole platform on one machine: the production template, made to fit an embedded AWS engine."""
