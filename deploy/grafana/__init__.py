"""The Grafana dashboards: written here, kept as the JSON that Grafana reads in `dashboards/`."""
