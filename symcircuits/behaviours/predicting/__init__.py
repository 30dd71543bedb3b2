"""What a whole model says to a text: its answers, logits and losses, exactly and in binary formats."""
