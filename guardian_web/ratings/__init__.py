"""The report cards of language models: which there are, what a model did wrong, and a button to rate one."""
