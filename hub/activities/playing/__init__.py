"""A child plays with the toy over many turns and days: stories with choices, let's pretend, and quizzes."""
