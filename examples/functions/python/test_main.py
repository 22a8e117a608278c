"""Runs on your own machine, without any platform: python3 -m unittest"""

import io
import unittest

from main import main


class Files(dict):
    """Stands for `inputs` and `outputs`: texts by name."""

    def text(self, name, newline=None):
        if name in self:
            return io.StringIO(self[name], newline)
        file = io.StringIO()
        file.close = lambda: self.__setitem__(name, file.getvalue())
        return file


LOANS = "id,branch,amount\n1,north,100\n2,north,300\n3,south,50\n"


class ReportTest(unittest.TestCase):
    def test_small_branches_are_withheld(self):
        outputs = Files()
        self.assertEqual(main(Files(loans=LOANS), outputs, {"min_loans": 2}), {"branches": 1, "withheld": 1})
        self.assertEqual(outputs["report"], "branch,loans,mean,deviation\nnorth,2,200.00,141.42\n")

    def test_a_bad_amount_is_named(self):
        with self.assertRaisesRegex(ValueError, "row 3: the amount 'x' is no number"):
            main(Files(loans="branch,amount\nnorth,1\nnorth,x\n"), Files(), {"min_loans": 1})

    def test_a_header_is_needed(self):
        with self.assertRaisesRegex(ValueError, "must have branch and amount"):
            main(Files(loans="1,north,100\n"), Files(), {"min_loans": 1})


if __name__ == "__main__":
    unittest.main()
