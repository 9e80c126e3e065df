"""The trainer of crisol: one JSON configuration in; checkpoints, artifacts and JSON lines out.

Every module that does work is started as `python -m crisol_trainer.<part>.<module> config.json`, with
`PYTHONPATH=trainer`.
"""
