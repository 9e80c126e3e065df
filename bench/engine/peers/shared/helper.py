"""What every step does, in a separate file: the bench edits it to see which engine notices."""


def inc(d):
    return {"n": d["n"] + 1}
