"""What services need before they start: tables, rights, queues; made once, by a role of its own."""
