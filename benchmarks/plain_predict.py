"""Predicting as most people write it by hand: skops, pyarrow and scikit-learn, in batches. The peer of `ml.predict`.

`python plain_predict.py ROWS MODEL OUTPUT`: three folders. It checks nothing, and converts nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import skops.io

_BATCH_ROWS = 50_000


def main(rows: Path, folder: Path, output: Path) -> None:
    """Write a file of keys, predictions and probabilities for each file of rows."""
    file = folder / "model.skops"
    model = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    output.mkdir(exist_ok=True)
    for source in sorted(rows.glob("*.parquet")):
        with pq.ParquetFile(source) as opened:
            names = [name for name in opened.schema_arrow.names if name != "id"]
            writer = None
            for batch in opened.iter_batches(_BATCH_ROWS):
                matrix = np.column_stack([batch.column(name).to_numpy() for name in names])
                probability = model.predict_proba(matrix)
                columns = {"prediction": probability[:, 1] > 1 / 2, "probability": probability[:, 1]}
                table = pa.table({"id": batch.column("id"), **columns})
                writer = writer or pq.ParquetWriter(output / source.name, table.schema)
                writer.write_table(table)
            if writer:
                writer.close()


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
