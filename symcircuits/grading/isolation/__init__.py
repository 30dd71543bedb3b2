"""Every submission in a process of its own, within limits."""
