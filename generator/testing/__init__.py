"""Running the tests of pipelines: what is given goes into an empty sandbox, the pipeline runs, tables are compared."""
