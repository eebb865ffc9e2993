"""The task templates, one module each; see :mod:`generator.template`."""
