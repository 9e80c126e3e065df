"""What every step does, in a file of its own: the bench edits it to see who notices."""


def inc(d):
    return {"n": d["n"] + 1}
