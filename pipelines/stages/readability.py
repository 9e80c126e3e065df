"""Measures how long the sentences of documents are. Documents come as JSON lines, and answers go as JSON lines."""

import json
import os
import re
import sys

params = json.loads(os.environ["CRISOL_PARAMS"])

for line in sys.stdin:
    document = json.loads(line)
    sentences = len(re.findall(r"[.!?](?:\s|$)", document["text"])) or 1
    length = round(len(document["text"].split()) / sentences, 1)
    if length > params["most"]:
        answer = {"drop": "long sentences"}
    else:
        answer = {"text": document["text"], "meta": {**document["meta"], "wordsPerSentence": length}}
    print(json.dumps(answer))
