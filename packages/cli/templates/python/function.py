"""The mean of the numbers in an input, one per line, and a report with count and sum."""


def main(inputs, outputs, args):
    count = 0
    total = 0.0
    for number, line in enumerate(inputs["numbers"], start=1):
        text = line.decode() if isinstance(line, bytes) else line
        if not text.strip():
            continue
        try:
            total += float(text)
        except ValueError:
            # Whoever may see an error message may see no data in it: say where, not what.
            raise ValueError(f"Line {number} is no number.") from None
        count += 1
    outputs["report"].write(f"count {count}\nsum {total:g}\n".encode())
    return {"mean": round(total / count, int(args.get("digits", 3)))}
