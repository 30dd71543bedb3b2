"""From text to syntax: where the mathematics is, its tokens, its lines, and what each line says in form."""
