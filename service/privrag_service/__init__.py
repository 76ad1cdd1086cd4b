"""The OpenAI-compatible HTTP service. Start reading in `app.py`; `chat.py` is its one hot path."""
