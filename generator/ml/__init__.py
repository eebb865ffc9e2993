"""Training and predicting on folders of Parquet files, in a process of its own: `python -m generator.ml.job`.

The same code runs in a child process of the Airflow worker and in a SageMaker container, so that it needs Python 3.10,
scikit-learn 1.4, skops and pyarrow, and nothing else of this package: no Airflow, no AWS.
"""
