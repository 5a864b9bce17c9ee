"""The sealed index: opened, built, brought up to date, dropped."""
