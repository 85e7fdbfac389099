"""Bank transfers as a gateway: nothing is begun, asked or given back through it; the bank's files tell everything."""
