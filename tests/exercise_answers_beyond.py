"""Wrong answers to the exercises beyond the course, as students write them, each with the hint it must get."""

# From an exercise's name to pairs: a distinctive part of the hint, and the code that a student typed.
MISTAKES = {
    "scale": [
        (
            "compare (tone - root) % 12 with the steps",
            """
def scale(figure):
    chord = read_figure(figure)
    best = max(SCALES.values(), key=lambda steps: len(chord.chord_tones & set(steps)))
    return [(chord.root + step) % 12 for step in best]
""",
        ),
        (
            "take what is left after division by 12",
            """
def scale(figure):
    chord = read_figure(figure)
    steps = [(tone - chord.root) % 12 for tone in chord.chord_tones]
    best = max(SCALES.values(), key=lambda scale: sum(step in scale for step in steps))
    return [chord.root + step for step in best]
""",
        ),
        (
            "yours takes the later one",
            """
def scale(figure):
    chord = read_figure(figure)
    best, most = None, 0
    for steps in SCALES.values():
        inside = 0
        for tone in chord.chord_tones:
            if (tone - chord.root) % 12 in steps:
                inside += 1
        if inside >= most:
            best, most = steps, inside
    return [(chord.root + step) % 12 for step in best]
""",
        ),
        (
            "in order of their numbers; the scale begins on the root, 3",
            """
def scale(figure):
    return sorted(read_figure(figure).scale_tones)
""",
        ),
        (
            "these are steps above the root",
            """
def scale(figure):
    chord = read_figure(figure)
    steps = {(tone - chord.root) % 12 for tone in chord.chord_tones}
    return list(max(SCALES.values(), key=lambda scale: len(steps & set(scale))))
""",
        ),
        (
            "here SCALES and its order decide",
            """
def scale(figure):
    chord = read_figure(figure)
    return sorted(chord.scale_tones, key=lambda tone: (tone - chord.root) % 12)
""",
        ),
        (
            "a set has no order",
            """
def scale(figure):
    chord = read_figure(figure)
    steps = {(tone - chord.root) % 12 for tone in chord.chord_tones}
    best = max(SCALES.values(), key=lambda scale: len(steps & set(scale)))
    return {(chord.root + step) % 12 for step in best}
""",
        ),
    ],
    "swing_times": [
        (
            "only places at exactly .5 move",
            """
def swing_times(onsets, ratio):
    played = []
    for onset in onsets:
        if onset % 1 == 0.5:
            onset = floor(onset) + ratio / (ratio + 1)
        played.append(onset)
    return played
""",
        ),
        (
            "that is the wrong way round",
            """
def swing_times(onsets, ratio):
    middle = 1 / (1 + ratio)
    return [floor(o) + (2 * middle * (o % 1) if o % 1 < .5
                        else middle + (2 * (o % 1) - 1) * (1 - middle)) for o in onsets]
""",
        ),
        (
            "the place in the beat is multiplied by 3",
            """
def swing_times(onsets, ratio):
    return [floor(onset) + (onset - floor(onset)) * ratio for onset in onsets]
""",
        ),
        (
            "so it reaches into the next beat",
            """
def swing_times(onsets, ratio):
    stretch = 2 * ratio / (1 + ratio)
    return [floor(onset) + onset % 1 * stretch for onset in onsets]
""",
        ),
        (
            "only the first beat swings",
            """
def swing_times(onsets, ratio):
    middle = ratio / (1 + ratio)
    return [onset * 2 * middle if onset < .5 else middle + (onset - .5) * 2 * (1 - middle)
            for onset in onsets]
""",
        ),
        (
            "add the beat in which each onset lies",
            """
def swing_times(onsets, ratio):
    middle = ratio / (1 + ratio)
    played = []
    for onset in onsets:
        place = onset - int(onset)
        if place < .5:
            played.append(place * 2 * middle)
        else:
            played.append(middle + (place - .5) * 2 * (1 - middle))
    return played
""",
        ),
        (
            "changes what it is given",
            """
def swing_times(onsets, ratio):
    middle = ratio / (1 + ratio)
    for number, onset in enumerate(onsets):
        beat, place = divmod(onset, 1)
        onsets[number] = beat + (place * 2 * middle if place < .5
                                 else middle + (place - .5) * 2 * (1 - middle))
    return onsets
""",
        ),
    ],
    "features_row": [
        (
            "it is counted from C",
            """
def features_row(figure, following, pitch, ticks):
    now, later = read_figure(figure).chord_tones, read_figure(following).chord_tones
    return np.array([pitch / 12 - 5] + [int(tone in now) for tone in range(12)]
                    + [int(tone in later) for tone in range(12)] + [min(ticks, 108) / 48])
""",
        ),
        (
            "it counts downwards from the last pitch",
            """
def features_row(figure, following, pitch, ticks):
    row = np.zeros(26)
    row[0], row[25] = pitch / 12 - 5, min(ticks, 108) / 48
    for tone in read_figure(figure).chord_tones:
        row[1 + (pitch - tone) % 12] = 1
    for tone in read_figure(following).chord_tones:
        row[13 + (pitch - tone) % 12] = 1
    return row
""",
        ),
        (
            "numbers 13 to 24, the next chord: yours is [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0]; it is seen from the root",
            """
def features_row(figure, following, pitch, ticks):
    row = np.zeros(26)
    row[0], row[25] = pitch / 12 - 5, min(ticks, 108) / 48
    for tone in read_figure(figure).chord_tones:
        row[1 + (tone - pitch) % 12] = 1
    chord = read_figure(following)
    for tone in chord.chord_tones:
        row[13 + (tone - chord.root) % 12] = 1
    return row
""",
        ),
        (
            "these are quarter notes; a bar of four beats has 48 ticks",
            """
def features_row(figure, following, pitch, ticks):
    row = [pitch / 12 - 5]
    for one in (figure, following):
        tones = read_figure(one).chord_tones
        row += [(pitch + step) % 12 in tones for step in range(12)]
    return np.array(row + [min(ticks, 108) / 12])
""",
        ),
        (
            "it goes on beyond 108 ticks",
            """
def features_row(figure, following, pitch, ticks):
    row = [pitch / 12 - 5]
    for one in (figure, following):
        tones = read_figure(one).chord_tones
        row += [(pitch + step) % 12 in tones for step in range(12)]
    return np.array(row + [ticks / 48])
""",
        ),
        (
            "it is rounded down to whole octaves",
            """
def features_row(figure, following, pitch, ticks):
    row = [pitch // 12 - 5]
    for one in (figure, following):
        tones = read_figure(one).chord_tones
        row += [(pitch + step) % 12 in tones for step in range(12)]
    return np.array(row + [min(ticks, 108) / 48])
""",
        ),
        (
            "has the shape (2, 12), wanted is (26,)",
            """
def features_row(figure, following, pitch, ticks):
    return np.array([[(pitch + step) % 12 in read_figure(one).chord_tones
                      for step in range(12)] for one in (figure, following)])
""",
        ),
        (
            "these are semitones above middle C",
            """
def features_row(figure, following, pitch, ticks):
    row = [pitch - 60]
    for one in (figure, following):
        row += [(pitch + step) % 12 in read_figure(one).chord_tones for step in range(12)]
    return np.array([*row, min(ticks, 108) / 48])
""",
        ),
        (
            "its fraction is lost",
            """
def features_row(figure, following, pitch, ticks):
    row = np.zeros(26, int)
    row[0] = pitch / 12 - 5
    for place, one in ((1, figure), (13, following)):
        for step in range(12):
            row[place + step] = (pitch + step) % 12 in read_figure(one).chord_tones
    row[25] = min(ticks, 108) / 48
    return row
""",
        ),
        (
            "min and max are mixed up",
            """
def features_row(figure, following, pitch, ticks):
    row = [pitch / 12 - 5]
    for one in (figure, following):
        row += [(pitch + step) % 12 in read_figure(one).chord_tones for step in range(12)]
    return np.array([*row, max(ticks, 108) / 48])
""",
        ),
    ],
    "bigram_bits": [
        (
            "it is not smoothed",
            """
def bigram_bits(solos, line, n_symbols):
    pairs, befores = Counter(), Counter()
    for solo in solos:
        for before, after in pairwise(solo):
            pairs[before, after] += 1
            befores[before] += 1
    bits = [-log2(pairs[pair] / befores[pair[0]]) for pair in pairwise(line)]
    return sum(bits) / len(bits)
""",
        ),
        (
            "1 is added above but n_symbols is missing below the line",
            """
def bigram_bits(solos, line, n_symbols):
    pairs, befores = Counter(), Counter()
    for solo in solos:
        for before, after in pairwise(solo):
            pairs[before, after] += 1
            befores[before] += 1
    bits = [-log2((pairs[pair] + 1) / befores[pair[0]]) for pair in pairwise(line)]
    return sum(bits) / len(bits)
""",
        ),
        (
            "pairs reach from the end of a solo into the beginning of the next",
            """
def bigram_bits(solos, line, n_symbols):
    everything = [symbol for solo in solos for symbol in solo]
    pairs = Counter(zip(everything, everything[1:]))
    befores = Counter(everything[:-1])
    bits = [-log2((pairs[pair] + 1) / (befores[pair[0]] + n_symbols))
            for pair in pairwise(line)]
    return sum(bits) / len(bits)
""",
        ),
        (
            "the last symbol of a solo has nothing after it",
            """
def bigram_bits(solos, line, n_symbols):
    pairs = Counter(pair for solo in solos for pair in zip(solo, solo[1:]))
    counts = Counter(symbol for solo in solos for symbol in solo)
    bits = 0
    for before, after in zip(line, line[1:]):
        bits -= log2((pairs[before, after] + 1) / (counts[before] + n_symbols))
    return bits / (len(line) - 1)
""",
        ),
        (
            "these are nats",
            """
def bigram_bits(solos, line, n_symbols):
    counts = np.ones((n_symbols, n_symbols))
    for solo in solos:
        for before, after in pairwise(solo):
            counts[before, after] += 1
    odds = counts / counts.sum(axis=1, keepdims=True)
    return -np.log(odds[line[:-1], line[1:]]).mean()
""",
        ),
        (
            "it predicts backwards",
            """
def bigram_bits(solos, line, n_symbols):
    counts = np.ones((n_symbols, n_symbols))
    for solo in solos:
        for before, after in pairwise(solo):
            counts[before, after] += 1
    odds = counts / counts.sum(axis=0, keepdims=True)
    return -np.log2(odds[line[:-1], line[1:]]).mean()
""",
        ),
        (
            "but the first event is not predicted: divide by 4",
            """
def bigram_bits(solos, line, n_symbols):
    counts = np.ones((n_symbols, n_symbols))
    for solo in solos:
        np.add.at(counts, (solo[:-1], solo[1:]), 1)
    odds = counts / counts.sum(axis=1, keepdims=True)
    return -np.log2(odds[line[:-1], line[1:]]).sum() / len(line)
""",
        ),
        (
            "that is the sum; divide by the number of events that are predicted, 4",
            """
def bigram_bits(solos, line, n_symbols):
    pairs = Counter(pair for solo in solos for pair in pairwise(solo))
    befores = Counter(before for solo in solos for before in solo[:-1])
    bits = 0
    for before, after in pairwise(line):
        bits += -log2((pairs[before, after] + 1) / (befores[before] + n_symbols))
    return bits
""",
        ),
    ],
    "walking_bass": [
        (
            "that is a pitch class, without an octave",
            """
def walking_bass(last, figure, following, beat):
    if beat == 1:
        return read_figure(figure).root
    if beat == 4:
        return (read_figure(following).root - 1) % 12
    return min(read_figure(figure).chord_tones)
""",
        ),
        (
            "two are equally near, and then the lower one is taken",
            """
def walking_bass(last, figure, following, beat):
    strings = range(51, 27, -1)
    chord, goal = read_figure(figure), read_figure(following)
    if beat in (2, 3):
        above = [p for p in strings if p > last and p % 12 in chord.chord_tones]
        below = [p for p in strings if p < last and p % 12 in chord.chord_tones]
        return min(above) if above else max(below)
    tones = {chord.root} if beat == 1 else {(goal.root - 1) % 12, (goal.root + 1) % 12}
    choice = [p for p in strings if p % 12 in tones and p != last]
    return min(choice, key=lambda p: abs(p - last))
""",
        ),
        (
            "that is the note that sounds already; the bass goes on",
            """
def walking_bass(last, figure, following, beat):
    strings = range(28, 52)
    chord, goal = read_figure(figure), read_figure(following)
    if beat in (2, 3):
        above = [p for p in strings if p > last and p % 12 in chord.chord_tones]
        below = [p for p in strings if p < last and p % 12 in chord.chord_tones]
        return min(above) if above else max(below)
    tones = {chord.root} if beat == 1 else {(goal.root - 1) % 12, (goal.root + 1) % 12}
    return min((p for p in strings if p % 12 in tones), key=lambda p: abs(p - last))
""",
        ),
        (
            "that leads from below only",
            """
def walking_bass(last, figure, following, beat):
    strings = [p for p in range(28, 52) if p != last]
    chord = read_figure(figure)
    if beat in (2, 3):
        tones = [p for p in strings if p % 12 in chord.chord_tones]
        above = [p for p in tones if p > last]
        return above[0] if above else max(tones)
    tone = chord.root if beat == 1 else (read_figure(following).root - 1) % 12
    return min((p for p in strings if p % 12 == tone), key=lambda p: (abs(p - last), p))
""",
        ),
        (
            "yours goes round the root of F7",
            """
def walking_bass(last, figure, following, beat):
    strings = [p for p in range(28, 52) if p != last]
    chord = read_figure(figure)
    if beat in (2, 3):
        tones = [p for p in strings if p % 12 in chord.chord_tones]
        above = [p for p in tones if p > last]
        return above[0] if above else max(tones)
    tones = {chord.root} if beat == 1 else {(chord.root - 1) % 12, (chord.root + 1) % 12}
    return min((p for p in strings if p % 12 in tones), key=lambda p: (abs(p - last), p))
""",
        ),
        (
            "that is the nearest chord tone; on beats 2 and 3 the line goes up",
            """
def walking_bass(last, figure, following, beat):
    chord, goal = read_figure(figure), read_figure(following)
    tones = {1: {chord.root}, 2: chord.chord_tones, 3: chord.chord_tones,
             4: {(goal.root - 1) % 12, (goal.root + 1) % 12}}[beat]
    strings = [p for p in range(28, 52) if p != last and p % 12 in tones]
    return min(strings, key=lambda p: (abs(p - last), p))
""",
        ),
        (
            "what lies outside must not be among the candidates",
            """
def walking_bass(last, figure, following, beat):
    chord, goal = read_figure(figure), read_figure(following)
    pitch = last
    if beat in (2, 3):
        for pitch in [*range(last + 1, 52), *range(last - 1, 27, -1)]:
            if pitch % 12 in chord.chord_tones:
                return pitch
    tones = {chord.root} if beat == 1 else {(goal.root - 1) % 12, (goal.root + 1) % 12}
    for distance in range(1, 13):
        for pitch in (last - distance, last + distance):
            if pitch % 12 in tones:
                return pitch
""",
        ),
        (
            "above 51 there is no string left",
            """
def walking_bass(last, figure, following, beat):
    chord, goal = read_figure(figure), read_figure(following)
    if beat in (2, 3):
        pitch = last + 1
        while pitch % 12 not in chord.chord_tones:
            pitch += 1
        return pitch
    tones = {chord.root} if beat == 1 else {(goal.root - 1) % 12, (goal.root + 1) % 12}
    choice = [p for p in range(28, 52) if p % 12 in tones and p != last]
    return min(choice, key=lambda p: abs(p - last))
""",
        ),
        (
            "that is the lowest chord tone",
            """
def walking_bass(last, figure, following, beat):
    chord = read_figure(figure)
    if beat in (2, 3):
        tones = [pitch for pitch in range(28, 52) if pitch % 12 in chord.chord_tones]
        return next((pitch for pitch in tones if pitch > last), tones[0])
    root = read_figure(following).root
    tones = [chord.root] if beat == 1 else [(root - 1) % 12, (root + 1) % 12]
    places = [pitch for pitch in range(28, 52) if pitch % 12 in tones and pitch != last]
    return min(places, key=lambda pitch: abs(pitch - last))
""",
        ),
        (
            "a semitone below 0 is 11",
            """
def walking_bass(last, figure, following, beat):
    chord = read_figure(figure)
    if beat in (2, 3):
        tones = [pitch for pitch in range(28, 52) if pitch % 12 in chord.chord_tones]
        return next((pitch for pitch in tones if pitch > last),
                    max(pitch for pitch in tones if pitch < last) if last > 28 else 0)
    root = read_figure(following).root
    tones = [chord.root] if beat == 1 else [root - 1, root + 1]
    places = [pitch for pitch in range(28, 52) if pitch % 12 in tones and pitch != last]
    return min(places, key=lambda pitch: abs(pitch - last))
""",
        ),
    ],
    "voicing": [
        (
            "choose among whole voicings",
            """
def voicing(figure, before):
    found = []
    for tone in rootless_tones(read_figure(figure)):
        places = [pitch for pitch in range(50, 70) if pitch % 12 == tone]
        found.append(min(places, key=lambda p: min(abs(p - old) for old in before)))
    return tuple(sorted(found))
""",
        ),
        (
            "sort each voicing before you compare it",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    return min(product(*places),
               key=lambda one: sum(abs(a - b) for a, b in zip(one, before)))
""",
        ),
        (
            "the root is among them",
            """
def voicing(figure, before):
    tones = sorted(read_figure(figure).chord_tones)[:4]
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    voicings = sorted(tuple(sorted(one)) for one in product(*places))
    return min(voicings, key=lambda one: sum(abs(a - b) for a, b in zip(one, before)))
""",
        ),
        (
            "the sums of the notes are compared",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    voicings = sorted(tuple(sorted(one)) for one in product(*places))
    return min(voicings, key=lambda one: abs(sum(one) - sum(before)))
""",
        ),
        (
            "it lies above 69, A4",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 82) if pitch % 12 == tone] for tone in tones]
    voicings = sorted(tuple(sorted(one)) for one in product(*places))
    return min(voicings, key=lambda one: sum(abs(a - b) for a, b in zip(one, before)))
""",
        ),
        (
            "not the largest of the moves",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    voicings = sorted(tuple(sorted(one)) for one in product(*places))
    return min(voicings, key=lambda one: max(abs(a - b) for a, b in zip(one, before)))
""",
        ),
        (
            "two voicings are equally near",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    best, least = None, 1000
    for one in sorted(tuple(sorted(one)) for one in product(*places)):
        moves = sum(abs(a - b) for a, b in zip(one, before))
        if moves <= least:
            best, least = one, moves
    return best
""",
        ),
        (
            "A4, belongs to the room too",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 69) if pitch % 12 == tone] for tone in tones]
    found = sorted(tuple(sorted(one)) for one in product(*places))
    return min(found, key=lambda one: sum(abs(a - b) for a, b in zip(one, before)))
""",
        ),
        (
            "the squares of the moves",
            """
def voicing(figure, before):
    tones = rootless_tones(read_figure(figure))
    places = [[pitch for pitch in range(50, 70) if pitch % 12 == tone] for tone in tones]
    found = sorted(tuple(sorted(one)) for one in product(*places))
    return min(found, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, before)))
""",
        ),
    ],
    "copied_run": [
        (
            "pitches are compared",
            """
def copied_run(solo, source):
    best = (0, 0)
    for i in range(len(solo)):
        for j in range(len(source)):
            n = 0
            while i + n < len(solo) and j + n < len(source) and solo[i + n] == source[j + n]:
                n += 1
            if n > best[0]:
                best = (n, i)
    return best
""",
        ),
        (
            "that counts the notes of the run",
            """
def copied_run(solo, source):
    mine, theirs = np_steps(solo), np_steps(source)
    best = (0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            n = 0
            while i + n < len(mine) and j + n < len(theirs) and mine[i + n] == theirs[j + n]:
                n += 1
            if n and n + 1 > best[0]:
                best = (n + 1, i)
    return best

def np_steps(pitches):
    return [b - a for a, b in zip(pitches, pitches[1:])]
""",
        ),
        (
            "n pitches have n - 1 intervals, and a run may reach to the very end",
            """
def copied_run(solo, source):
    mine = [solo[i + 1] - solo[i] for i in range(len(solo) - 2)]
    theirs = [source[i + 1] - source[i] for i in range(len(source) - 2)]
    best = (0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            n = 0
            while i + n < len(mine) and j + n < len(theirs) and mine[i + n] == theirs[j + n]:
                n += 1
            if n > best[0]:
                best = (n, i)
    return best
""",
        ),
        (
            "then the one that begins first in the solo is taken",
            """
def copied_run(solo, source):
    mine = [b - a for a, b in pairwise(solo)]
    theirs = [b - a for a, b in pairwise(source)]
    best = (0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            n = 0
            while i + n < len(mine) and j + n < len(theirs) and mine[i + n] == theirs[j + n]:
                n += 1
            if n and n >= best[0]:
                best = (n, i)
    return best
""",
        ),
        (
            "an interval has a sign",
            """
def copied_run(solo, source):
    mine = [abs(b - a) for a, b in pairwise(solo)]
    theirs = [abs(b - a) for a, b in pairwise(source)]
    best = (0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            n = 0
            while i + n < len(mine) and j + n < len(theirs) and mine[i + n] == theirs[j + n]:
                n += 1
            if n > best[0]:
                best = (n, i)
    return best
""",
        ),
        (
            "only runs at the same place in both lines are found",
            """
def copied_run(solo, source):
    best, n = (0, 0), 0
    steps = zip(pairwise(solo), pairwise(source))
    for place, ((a, b), (c, d)) in enumerate(steps):
        n = n + 1 if b - a == d - c else 0
        if n > best[0]:
            best = (n, place - n + 1)
    return best
""",
        ),
        (
            "the place is that in the source",
            """
def copied_run(solo, source):
    mine = [b - a for a, b in pairwise(solo)]
    theirs = [b - a for a, b in pairwise(source)]
    for n in range(len(mine), 0, -1):
        for i in range(len(mine) - n + 1):
            for j in range(len(theirs) - n + 1):
                if mine[i:i + n] == theirs[j:j + n]:
                    return n, j
    return 0, 0
""",
        ),
        (
            "the place is that of its last interval, not of its first",
            """
def copied_run(solo, source):
    mine = [b - a for a, b in pairwise(solo)]
    theirs = [b - a for a, b in pairwise(source)]
    table = [[0] * (len(theirs) + 1) for _ in range(len(mine) + 1)]
    best = (0, 0)
    for i in range(len(mine)):
        for j in range(len(theirs)):
            if mine[i] == theirs[j]:
                table[i + 1][j + 1] = table[i][j] + 1
                if table[i + 1][j + 1] > best[0]:
                    best = (table[i + 1][j + 1], i)
    return best
""",
        ),
    ],
    "constraint_mask": [
        (
            "they would count as 1 and 0",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    notes = pitch + np.arange(73) - 36
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(notes % 12, avoid)
    near = may & (abs(notes - pitch) <= largest_leap)
    return np.append(near if near.any() else may, may_rest)
""",
        ),
        (
            "symbol s is the interval s - 36",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    mask = np.full(74, -np.inf)
    for symbol in range(73):
        note = pitch + symbol
        if lowest <= note <= highest and note % 12 not in avoid and symbol <= largest_leap:
            mask[symbol] = 0
    if may_rest:
        mask[73] = 0
    return mask
""",
        ),
        (
            "where largest_leap leaves none, it is not kept",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    mask = np.full(74, -np.inf)
    for symbol in range(73):
        note = pitch + symbol - 36
        if (lowest <= note <= highest and note % 12 not in avoid
                and abs(note - pitch) <= largest_leap):
            mask[symbol] = 0
    if may_rest:
        mask[73] = 0
    return mask
""",
        ),
        (
            "avoid has no effect",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    notes = pitch + np.arange(73) - 36
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(notes, avoid)
    near = may & (abs(notes - pitch) <= largest_leap)
    if near.any():
        may = near
    return np.where(np.append(may, may_rest), 0, -np.inf)
""",
        ),
        (
            "avoid forbids pitch classes, not intervals",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    intervals = np.arange(73) - 36
    notes = pitch + intervals
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(intervals % 12, avoid)
    near = may & (abs(intervals) <= largest_leap)
    if near.any():
        may = near
    return np.where(np.append(may, may_rest), 0, -np.inf)
""",
        ),
        (
            "its highest note belongs to it",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    mask = np.full(74, -np.inf)
    good = [note for note in range(lowest, highest) if note % 12 not in avoid
            and abs(note - pitch) <= 36]
    near = [note for note in good if abs(note - pitch) <= largest_leap]
    for note in near or good:
        mask[note - pitch + 36] = 0
    mask[73] = 0 if may_rest else -np.inf
    return mask
""",
        ),
        (
            "a rest, symbol 73, may come even where may_rest is False",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    mask = np.zeros(74)
    notes = pitch + np.arange(73) - 36
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(notes % 12, avoid)
    near = may & (abs(notes - pitch) <= largest_leap)
    mask[:73][~(near if near.any() else may)] = -np.inf
    return mask
""",
        ),
        (
            "only 0 and -np.inf may stand there",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    notes = pitch + np.arange(73) - 36
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(notes % 12, avoid)
    near = may & (abs(notes - pitch) <= largest_leap)
    return np.where(np.append(near if near.any() else may, may_rest), 0, -1e9)
""",
        ),
        (
            "0 * inf is no number",
            """
def constraint_mask(pitch, lowest, highest, avoid, largest_leap, may_rest):
    notes = pitch + np.arange(73) - 36
    may = (notes >= lowest) & (notes <= highest) & ~np.isin(notes % 12, avoid)
    near = may & (abs(notes - pitch) <= largest_leap)
    may = np.append(near if near.any() else may, may_rest)
    with np.errstate(invalid="ignore"):
        return (1 - may) * -np.inf
""",
        ),
    ],
}
