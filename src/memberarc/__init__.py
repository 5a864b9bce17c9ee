"""Member records as plain files in git, sealed value by value."""

__version__ = "0.1.0"
