"""The FastAPI service beside the shop: it reads the same tables through SQLAlchemy."""
