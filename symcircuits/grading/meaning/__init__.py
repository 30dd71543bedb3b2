"""From syntax to exact values: what names stand for, shapes checked at every step."""
