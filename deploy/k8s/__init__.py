"""The suite on Kubernetes: kustomize base, components and overlays; README.md says how."""
