"""The suite on one machine without containers: private PostgreSQL and RabbitMQ, the services beside them."""
