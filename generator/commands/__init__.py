"""The commands of ``pipelines``, a module each: ``configure`` declares the arguments, ``run`` returns the exit code."""
