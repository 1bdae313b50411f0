"""Live progress: what the services tell, kept as the latest state of each job, out to every watcher."""
