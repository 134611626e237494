"""Mends the pinned emulator where it differs from AWS in a way that Curbside relies on.

Run once, right after the install, with the emulator's own Python. Ends with an error when the
emulator is not the version that the mending was written for.
"""

import sys
from pathlib import Path

import ministack

# Cognito marks an address as verified when its code was confirmed; the emulator forgets to.
FILE = Path(ministack.__file__).parent / "services" / "cognito.py"
BEFORE = '''    user.pop("_confirmation_code", None)
    user["UserStatus"] = "CONFIRMED"
'''
AFTER = (
    BEFORE
    + '''    verified = [{"Name": "email_verified", "Value": "true"}]
    user["Attributes"] = _merge_attributes(user.get("Attributes", []), verified)
'''
)

text = FILE.read_text()
if AFTER not in text:
    if text.count(BEFORE) != 1:
        sys.exit("this is not the version of the emulator that infra/local/patch.py was written for")
    FILE.write_text(text.replace(BEFORE, AFTER))
