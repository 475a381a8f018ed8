#!/usr/bin/env python3
"""Whether spreadsheets and other readers of CSV see in an export what the records say.

    PARTNERLOG=target/debug/partnerlog tests/spreadsheets/check.py [RECORDS] [SEED]

Records with every text that is hard to write down are imported into a throw-away archive and exported in every format. Then
LibreOffice (headless) opens the CSV for Excel and the workbook, and Python's csv module the plain CSV; every cell is
compared, no cell may have become a formula, and every record of the plain files must be the one that was imported.
Needs LibreOffice Calc; ends with the number of cells compared, non-zero if one differs.
"""
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

csv.field_size_limit(1 << 30)
PARTNERLOG = os.path.abspath(os.environ.get("PARTNERLOG", "target/debug/partnerlog"))
OFFICE = os.environ.get("SOFFICE", "soffice")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PIECES = [
    "", " ", '"', '""', ",", ";", "\t", "\r", "\n", "\r\n", "=1+1", "+1", "-1", "@x", "＝1", "＋", "'", "'=1", "''", "\ufeff",
    "\x01", "\x1f", "\x7f", "\u2028", "\u00a0", "\u200b", "\ufffe", "\U0001f600", "株式会社サンプル", "ｻﾝﾌﾟﾙ", "مرحبا", "\u202eabc",
    "_x0041_", "_x005F_", "TRUE", "FALSE", "1e5", "0012", "12345678901234567890", "2026-01-01", "1/2", "10%", "¥100", "NULL",
    "#REF!", "=HYPERLINK(\"http://x\";\"y\")", "=cmd|' /C calc'!A0", "</script>", "&amp;", "<b>", "]]>", "\\", "\\n", "%00", "{}", "Müller",
]


def text(rng):
    """A text of one piece or several, sometimes very long."""
    if rng.random() < 0.0005:
        return rng.choice(PIECES[6:]) * 12_000
    return "".join(rng.choice(PIECES) for _ in range(rng.choice([1, 1, 2, 3, 5])))


def record(n, rng):
    seconds = n % 86_400
    return {
        "id": f"9daaeb1c-4195-4db5-9f1d-509eb70c8c2d_customer_{n:012}",
        "partnerId": "9daaeb1c-4195-4db5-9f1d-509eb70c8c2d",
        "customerId": f"{rng.randrange(400):08x}-0000-4000-8000-000000000000",
        "customerName": text(rng),
        "userPrincipalName": text(rng),
        "applicationId": text(rng),
        "resourceType": rng.choice(["order", "subscription", text(rng)]),
        "operationType": rng.choice(["create_order", "update_subscription", text(rng)]),
        "operationDate": f"2026-0{1 + n // 86_400 % 9}-01T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{n % 10_000_000:07}Z",
        "operationStatus": rng.choice(["succeeded", "failed", text(rng)]),
        "originalCorrelationId": text(rng),
        "resourceOldValue": text(rng),
        "resourceNewValue": json.dumps({"Note": text(rng), "Quantity": n}),
        "customizedData": [{"key": text(rng), "value": text(rng)}],
    }


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{command[0]} {command[1]}: {done.stdout}\n{done.stderr}")
    return done


def rows(path, encoding="utf-8-sig"):
    with open(path, encoding=encoding, newline="") as file:
        yield from csv.reader(file, strict=True)


def convert(path, to, out, options=()):
    run(OFFICE, f"-env:UserInstallation=file://{out}/profile", "--headless", *options, "--convert-to", to, "--outdir", out, path)


def as_office_shows(cell):
    """What a spreadsheet does with any text: line breaks are line feeds, and what XML cannot hold is not there."""
    cell = re.sub("[\r\n]+", "\n", cell)
    return "".join(c for c in cell if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))


def compare(name, left, right):
    cells = 0
    for at, (one, other) in enumerate(zip(left, right, strict=True)):
        if len(one) != len(other):
            sys.exit(f"{name}: row {at} has {len(one)} and {len(other)} cells")
        for column, (a, b) in enumerate(zip(one, other)):
            # What is cut may be cut elsewhere: a guard takes a place.
            if len(a) > 32_700 and len(b) > 32_700 and a.endswith("…[cut, see JSON]") and b.endswith("…[cut, see JSON]"):
                a, b = a[:32_700], b[:32_700]
            if as_office_shows(a) != as_office_shows(b):
                sys.exit(f"{name}: row {at}, column {column}: {a[:200]!r} is {b[:200]!r}")
            cells += 1
    print(f"{name}: {cells} cells are the same")
    return cells


def formulas(path):
    """The cells of a flat ODF spreadsheet that became formulas."""
    wanted = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}formula"
    return [element.get(wanted) for _, element in xml.iterparse(path) if element.get(wanted) is not None]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        settings = folder / "partnerlog.toml"
        settings.write_text(
            f'[database]\nurl = "sqlite:{folder}/archive.db"\n[sign_in]\nissuer = "http://127.0.0.1:1/v2.0"\n'
            'client_id = "x"\nclient_secret = "x"\n[sign_in.roles]\nadmin_agent = ["x"]\n'
        )
        source = folder / "records.ndjson"
        with open(source, "w", encoding="utf-8") as file:
            for n in range(count):
                file.write(json.dumps(record(n, rng), ensure_ascii=rng.random() < 0.5) + "\n")
        run(PARTNERLOG, "import", "--config", settings, source)

        def export(name, form, *more):
            path = folder / name
            run(PARTNERLOG, "export", "--config", settings, f"from=&to=2030-01-01{form}", "-o", path, *more)
            return path

        people = export("people.csv", "")
        programs = export("programs.csv", "", "--format", "csv-plain")
        lines = export("lines.ndjson", "", "--format", "ndjson")
        workbook = export("workbook.xlsx", "", "--format", "xlsx")

        # For programs: every record, byte for byte.
        original = sorted(source.read_text(encoding="utf-8").split("\n")[:-1])
        assert sorted(lines.read_text(encoding="utf-8").split("\n")[:-1]) == original, "ndjson"
        plain = list(rows(programs, "utf-8"))
        assert sorted(row[-1] for row in plain[1:]) == original, "csv-plain"
        print(f"ndjson and csv-plain: {count} records are the same, byte for byte")

        # For people: nothing starts a formula, in any column, and nothing else was done to a cell but guarding and cutting.
        table = list(rows(people))
        assert len(table) == count + 1 and all(len(row) == 17 for row in table)
        for row, exact in zip(table[1:], plain[1:], strict=True):
            assert not any(cell.startswith(STARTS) for cell in row), row
            assert row[12] == exact[12]
            for column in (3, 4, 5, 6, 7, 8, 9, 11, 13, 14):
                shown = row[column][1:] if row[column].startswith("'") and not exact[column].startswith("'") else row[column]
                assert exact[column] == shown or (exact[column].startswith("'") and row[column] in (exact[column], "'" + exact[column])) or "…[cut" in shown, (
                    column, exact[column][:200], row[column][:200])

        # 76 is UTF-8; every column as text, so that what is compared is what the file says.
        as_text = "/".join(f"{column}/2" for column in range(1, 18))
        to_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
        opened = folder / "opened"
        convert(people, to_csv, opened, [f"--infilter=CSV:44,34,76,1,{as_text}"])
        compare("CSV in LibreOffice", table, rows(next(opened.glob("people*.csv"))))
        # And as somebody opens it who chooses nothing.
        convert(people, "fods", opened, ["--infilter=CSV:44,34,76,1"])
        assert formulas(opened / "people.fods") == [], formulas(opened / "people.fods")[:3]
        convert(workbook, "fods", opened)
        assert formulas(opened / "workbook.fods") == [], formulas(opened / "workbook.fods")[:3]
        convert(workbook, to_csv, opened)

        # A workbook needs no guard.
        def unguarded():
            for row, exact in zip(table, plain):
                yield [cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(STARTS) else cell for cell in row]

        compare("workbook in LibreOffice", unguarded(), rows(next(opened.glob("workbook*.csv"))))


main()
