"""The matrices that an exercise asks for: what they must do is proved, and what may have gone wrong is looked for."""
