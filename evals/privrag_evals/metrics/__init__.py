"""One formula a file: source, direction, range, and the result on empty input."""
