"""Mends the pinned emulator where it differs from AWS in a way that Curbside relies on.

Run once, right after the install, with the emulator's own Python. Ends with an error when the
emulator is not the version that the mending was written for.
"""

import sys
from pathlib import Path

import ministack

PACKAGE = Path(ministack.__file__).parent

MENDINGS = [
    # Cognito marks an address as verified when its code was confirmed; the emulator forgets to.
    (
        "services/cognito.py",
        """    user.pop("_confirmation_code", None)
    user["UserStatus"] = "CONFIRMED"
""",
        """    verified = [{"Name": "email_verified", "Value": "true"}]
    user["Attributes"] = _merge_attributes(user.get("Attributes", []), verified)
""",
    ),
    # A schedule tells its target which occurrence it is; the emulator passes the placeholder on.
    (
        "services/scheduler.py",
        """            target = sched.get("Target") or {}
""",
        """            target = dict(target)
            if "Input" in target:
                occurrence = now_dt.strftime("%Y-%m-%dT%H:%M:%SZ")
                target["Input"] = target["Input"].replace("<aws.scheduler.scheduled-time>", occurrence)
""",
    ),
]

# Users who sign up while others are looked up break the look-up; functions that log while the groups
# are listed break the list.
REPLACED = [
    ("services/cognito.py", 'in pool["_users"].values():', 'in list(pool["_users"].values()):'),
    (
        "services/cloudwatch_logs.py",
        'for s in g["streams"].values()\n            ),',
        'for s in list(g["streams"].values())\n            ),',
    ),
]

for name, before, added in MENDINGS:
    file = PACKAGE / name
    text = file.read_text()
    if before + added not in text:
        if text.count(before) != 1:
            sys.exit("this is not the version of the emulator that infra/local/patch.py was written for")
        file.write_text(text.replace(before, before + added))

for name, before, after in REPLACED:
    file = PACKAGE / name
    text = file.read_text()
    if after not in text and before not in text:
        sys.exit("this is not the version of the emulator that infra/local/patch.py was written for")
    file.write_text(text.replace(before, after))
