"""The processes of logmill; each is started as `python -m services.NAME`."""
