"""How well the support score tells what people find faithful.

judged.py     answers that people judged, and the passages they were written from
calibrate.py  the curve from a score to people's judgement
evaluate.py   start here: scores, their correlation, the curve fitted on one half and tried on the
              other
"""
