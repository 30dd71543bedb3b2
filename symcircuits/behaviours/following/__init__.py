"""Following rules: after every sequence the flag of what the rules ask for is up, and the others are down."""
