"""What was handed in: text or data, its front matter, and the derivation that it is judged by."""
