"""What a trained model gives away of the rows it learnt from, measured, and the report of it."""
