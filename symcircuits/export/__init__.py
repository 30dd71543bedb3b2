"""Documents over one model: sheets in LaTeX, HTML, Markdown and PDF, notebooks, and the files that they go to."""
