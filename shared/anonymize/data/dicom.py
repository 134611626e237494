"""Makes the lists of coded concepts and of defined terms anew from the packages that they are taken from.

    pip install pydicom==3.0.2
    apt-get download dicom3tools=1.00~20220618093127-2     (and unpack it)
    python3 dicom.py UNPACKED_FOLDER

`dicom_attributes.txt`, the attributes that a new data set may have, is written by hand from PS3.6 and the
modules of PS3.3.
"""

import pathlib
import re
import sys

from pydicom.sr import _concepts_dict, _snomed_dict

HERE = pathlib.Path(__file__).parent
# Context groups of PS3.16 for anatomy, views, orientations, units, agents, devices and derivations.
GROUPS = set("""4 5 9 10 11 12 13 18 19 20 21 23 25 29 42 82 84 230 244 245 501 502 3003 3004 3010 3011 3015 3019 3027
    3030 3236 3263 3307 3760 4005 4009 4010 4011 4012 4013 4014 4015 4016 4017 4020 4021 4025 4028 4029 4030 4031 4032
    4033 4040 4042 4050 4051 4052 4061 4062 4063 4104 4200 4201 4202 4203 4204 4205 4206 4207 4208 4209 4210 4211 4214
    4215 6096 6102 7004 7005 7030 7050 7151 7180 7181 7201 7202 7203 7205 7250 7251 7252 7260 7261 7262 7263 7600 7601 8120
    8121 8122 8123 8124 8125 8131 8134 10009 12031 12032 12033""".split())
# Defined terms of PS3.3 that are too short to be told from other short strings of the validator.
SHORT = """YES NO BOTH ON OFF NONE M F O L R U B A P H CT MR PT NM US CR DX MG IO XA RF SC OT ES GM SM XC OP OPT IVOCT
    IVUS BI DG HC HD SE IR GR EP RM SK MTC SS TRSS SP MP OSP PER RG CG PPG FC PFF PFP FS 2D 3D ROW COL HFS HFP HFDR HFDL
    FFS FFP FFDR FFDL LFP LFS RFP RFS AFDR AFDL PFDR PFDL AP PA LL RL LLD LLO RLD RLO ML MLO LM LMO CC FB SIO ISO XCCL
    XCCM DV DI WSD SD DF SI SYN DRW DSF LIN LOG DISP IOD AU CB CM CU W AL MO RH AG PB ZN IEC FDA CG1 1H 13C 31P 19F 23NA
    3HE 129XE EPI SAR UTE MPG FID MAG TOF ASL BLK CTDI ECG PLUS MINUS GATED WBC AIR IVC SVC EAR EYE JAW RIB HIP ARM LEG
    TOE HEAD NECK FACE HAND FOOT BACK AXIS DDR BMP WSI DVI REST STRESS MAX MIN SUM MIP ORIGINAL HU OD MGML Z_EFF ED EDW HU_MOD PCT US""".split()
# Parts of the body (PS3.16, annex L).
PARTS = """ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BRAIN BREAST BRONCHUS BUTTOCK CALCANEUS CALF
    CAROTID CEREBELLUM CERVIX CHEEK CHEST CHESTABDOMEN CHESTABDPELVIS CHOROIDPLEXUS CLAVICLE COCCYX COLON CORNEA
    CORONARYARTERY CSPINE CTSPINE DUODENUM EAR ELBOW ESOPHAGUS EXTREMITY EYE EYELID FACE FEMUR FINGER FOOT GALLBLADDER
    HAND HEAD HEADNECK HEART HIP HUMERUS IAC ILEUM ILIUM JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIVER LSPINE LSSPINE LUNG
    MAXILLA MEDIASTINUM MOUTH NECK NECKCHEST NECKCHESTABDOMEN NECKCHESTABDPELV NOSE ORBIT OVARY PANCREAS PAROTID PATELLA
    PELVIS PENIS PHARYNX PROSTATE RECTUM RIB SCALP SCAPULA SCLERA SCROTUM SHOULDER SKULL SPINE SPLEEN SSPINE STERNUM
    STOMACH SUBMANDIBULAR TESTIS THIGH THUMB THYMUS THYROID TIBIA TLSPINE TMJ TOE TONGUE TRACHEA TSPINE URETER URETHRA
    UTERUS VAGINA VULVA WHOLEBODY WRIST ZYGOMA""".split()
# Words that a validator says, and words that are names of people as well.
OTHER = set("""CHASE GUARDIAN MANCHESTER FERMI HENSCHKE RIMA SLOOP WALTZ ROTA TOPIC SLIM TAIL DATE DAYS WEEKS WARNING
    MAYOASRG MATAKINA_10 DCMUID GEMS_XELPRV_01 GEMS_DL_PATNT_01 LETTERS NUMBERS WING PRIME PARENT COPPER LIMA PORTAL
    JOSLIN_FLYNN SYED_NEBLETT MEDIFACE DIGISCAN IMAGE SVISION CONE CONSTANT CORO READ POINTS PRESS SOLID START STAIN
    STORAGE BEGIN BELT BLANK CAST SHIELD SLOT WEDGE GREEN WHITE BLUE GLASS DEGREE ANON AUDE LOWE LEVI MARK""".split())


def concepts() -> list[str]:
    """Scheme, code, the code that it had in SNOMED RT or a hyphen, meaning."""
    lines = []
    for scheme in ("DCM", "SCT", "UCUM"):
        for codes in _concepts_dict.concepts[scheme].values():
            for code, (meaning, groups) in codes.items():
                former = _snomed_dict.mapping["SCT"].get(code, "-") if scheme == "SCT" else "-"
                if GROUPS & {str(group) for group in groups} and meaning.isascii() and len(meaning) <= 64:
                    lines.append(f"{scheme}\t{code}\t{former}\t{meaning}")
    return sorted(set(lines))


def terms(folder: pathlib.Path) -> list[str]:
    """What the validator takes for code strings, without its short strings."""
    names = set((HERE / "last_names.txt").read_text().upper().split()) | set((HERE / "first_names.txt").read_text().upper().split())
    plain = set("BONE BOTH BRAIN CHEEK CHILD CORNEA FINGER HAMMING HANNING KNEE LEFT LUNG MANUAL MASK MEAN MEDIAN NOSE "
                "ORGAN OTHER PATELLA PATIENT POST RIGHT RUNNING STACK STUDY SURFACE TONGUE TRUE BOLUS DISTANCE BOTTOM "
                "BREAST BRAIN".split())
    said = re.findall(rb"[ -~]{2,}", (folder / "usr/bin/dciodvfy").read_bytes())
    found = {term.decode() for term in said if re.fullmatch(rb"[A-Z0-9][A-Z0-9_ ]{3,15}", term)}
    found = {term for term in found if re.search("[A-Z]{3}", term) and not re.search("^GEMS|_[0-9]{2}$", term)}
    found = {term for term in found if not re.search("^5[A-Z]{3}$|A[TUVW]A[TUVW]", term)}
    return sorted((found - OTHER - (names - plain)) | set(SHORT) | set(PARTS))


if __name__ == "__main__":
    (HERE / "dicom_codes.txt").write_text("".join(f"{line}\n" for line in concepts()))
    (HERE / "dicom_terms.txt").write_text("".join(f"{term}\n" for term in terms(pathlib.Path(sys.argv[1]))))
