"""The payer's pages: HTML made on the server, whole without a script, a font or a picture from anywhere."""
