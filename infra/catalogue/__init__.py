"""The sample catalogue: services, agencies and holidays, checked when loaded and written into the table.

    from infra.catalogue import load_catalogue, seed_catalogue

All of it is sample data and says so, in the files and in each item (`sample: true`).
"""

from infra.catalogue.loading import Agency, Catalogue, CatalogueError, Holiday, load_catalogue
from infra.catalogue.seeding import seed_catalogue

__all__ = ["Agency", "Catalogue", "CatalogueError", "Holiday", "load_catalogue", "seed_catalogue"]
