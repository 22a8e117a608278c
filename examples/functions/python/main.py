"""Per branch of a bank: how many loans, and mean and spread of the amounts. Branches with few loans stay out of the report.

Input `loans`: CSV in UTF-8 with a header that has `branch` and `amount`. Output `report`: CSV, one line for each branch.
Argument `min_loans`: the least number of loans that a branch needs to be reported.
"""

import csv
import math


class Running:
    """Count, mean and spread in one pass (Welford)."""

    def __init__(self):
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, value):
        self.count += 1
        difference = value - self.mean
        self.mean += difference / self.count
        self._squares += difference * (value - self.mean)

    def deviation(self):
        return math.sqrt(self._squares / (self.count - 1)) if self.count > 1 else 0.0


def amount_of(row, number):
    try:
        value = float(row["amount"])
    except (TypeError, ValueError):
        raise ValueError(f"row {number}: the amount {row['amount']!r} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"row {number}: the amount {row['amount']!r} is not finite")
    return value


def main(inputs, outputs, args):
    rows = csv.DictReader(inputs.text("loans", newline=""))
    if not {"branch", "amount"} <= set(rows.fieldnames or ()):
        raise ValueError(f"the header must have branch and amount, and is {rows.fieldnames}")
    branches = {}
    for number, row in enumerate(rows, 2):
        branches.setdefault(row["branch"], Running()).add(amount_of(row, number))

    shown = {name: branch for name, branch in branches.items() if branch.count >= args["min_loans"]}
    with outputs.text("report") as file:
        report = csv.writer(file, lineterminator="\n")
        report.writerow(["branch", "loans", "mean", "deviation"])
        for name, branch in sorted(shown.items()):
            report.writerow([name, branch.count, f"{branch.mean:.2f}", f"{branch.deviation():.2f}"])
    return {"branches": len(shown), "withheld": len(branches) - len(shown)}
