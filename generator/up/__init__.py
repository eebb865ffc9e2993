"""What `pipelines up` is made of: a local AWS, Airflow's processes, its runs, and the tables that they fill."""
