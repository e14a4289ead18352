"""A small warehouse and its dbt manifest, for tests of what is published.

One province's report of 2021 has every kind of cell (number, percent, code, words, blank, a row that is not there),
an older revision that does not count, and a report of a later quarter. Truth is written here by hand.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import yaml

MARTS = Path(__file__).parents[1] / "dbt_project" / "models" / "marts"
FORMULA = "=cmd|' /C calc'!A0"
LABELS = {
    "plan_tasks": "Số nhiệm vụ đề ra trong kế hoạch",
    "procedures": "Tổng số TTHC đang có hiệu lực",
    "procedures_commune": "Số TTHC cấp xã:",
    "on_time_pct": "Tỷ lệ hồ sơ giải quyết đúng hạn",
    "survey_form": "Hình thức khảo sát",
    "staff_reduced_pct": "Tỷ lệ % đã tinh giản so với năm 2015",
    "tasks_given": "Tổng số nhiệm vụ được giao",
    "documents_checked": "Số VBQPPL đã kiểm tra",
}

SCHEMA = """
create schema marts;
create table marts.dim_province (
    province_key varchar, province_code varchar, province_name varchar, region_name varchar, valid_from date,
    valid_to date
);
create table marts.dim_period (
    period_key varchar, report_year integer, period_kind varchar, period_name varchar, due_date date
);
create table marts.dim_indicator (
    indicator_key varchar, area_number integer, area_name varchar, indicator_name varchar, unit_name varchar,
    value_kind varchar
);
create table marts.bridge_form_indicator (
    form_code varchar, position integer, row_code varchar, ordinal integer, row_kind varchar, label varchar,
    unit varchar, indicator_key varchar
);
create table marts.dim_report (
    report_key varchar, province_key varchar, period_key varchar, form_code varchar, report_number varchar,
    report_date date, signatory varchar, first_seen_at timestamp, file_name varchar, file_sha256 varchar,
    revision_number integer, is_current boolean
);
create table marts.fct_indicator_value (
    province_key varchar, period_key varchar, indicator_key varchar, value decimal(24, 6), value_text varchar,
    value_raw varchar, is_missing boolean, is_corrected boolean, correction_reason_vi varchar, confidence double,
    note varchar, report_key varchar, row_code varchar, ordinal integer, page integer,
    table_number integer, row_number integer
);
create table marts.mart_quality_finding (
    rule varchar, severity varchar, report_key varchar, province_key varchar, period_key varchar,
    indicator_keys varchar, message_vi varchar, page integer,
    table_number integer, row_number integer, block_number integer,
    source_file_name varchar, criterion_code varchar
);
create table marts.mart_report_coverage (
    province_key varchar, period_key varchar, due_date date, status varchar, sent_date date, sent_date_basis varchar,
    days_late integer, rows_expected integer, rows_reported integer, rows_blank integer, files_quarantined integer,
    quarantine_reason_vi varchar
);
create table marts.mart_official_result (
    result_year integer, subject_kind varchar, subject_name varchar, index_name varchar, component varchar,
    score decimal(18, 6), score_printed varchar, max_points decimal(18, 6), rank integer, ranked_count integer,
    status varchar, released_on date, source varchar, note varchar
);
"""

ROWS = """
insert into marts.dim_province values
    ('36.1', '36', 'Nam Định', 'Đồng bằng sông Hồng', '2011-01-01', '2025-06-30'),
    ('35.1', '35', 'Hà Nam', 'Đồng bằng sông Hồng', '2011-01-01', '2025-06-30');
insert into marts.dim_period values
    ('2021-FY', 2021, 'FY', 'Năm 2021', '2021-12-20'),
    ('2022-Q1', 2022, 'Q1', 'Quý I năm 2022', '2022-03-20');
insert into marts.dim_report values
    ('r1', '35.1', '2021-FY', 'F1', '10/BC & UBND', '2021-12-19', 'Nguyễn Văn A', '2021-12-19 08:00:00', 'a.docx',
     'aa', 2, true),
    ('r0', '35.1', '2021-FY', 'F1', '9/BC-UBND', '2021-12-01', null, '2021-12-01 08:00:00', 'z.docx', 'zz', 1, false),
    ('r2', '35.1', '2022-Q1', 'F1', null, null, null, '2022-03-22 08:00:00', 'b.docx', 'bb', 1, true);
insert into marts.mart_quality_finding values
    ('identity_doubtful', 'warning', 'r1', '35.1', '2021-FY', 'procedures procedures_commune',
     'Cần xem lại: tổng.', 3, 1, 4, null, 'a.docx', null),
    ('not_a_number', 'warning', 'r1', '35.1', '2021-FY', 'staff_reduced_pct', 'Ô ghi bằng chữ.', 3, 1, 8, null,
     'a.docx', null),
    ('unmatched_row', 'error', 'r1', '35.1', '2021-FY', null, 'Dòng «x» không có trong mẫu.', 4, 1, 12, null,
     'a.docx', null),
    ('score_province_unknown', 'error', 's1', null, '2021-FY', null, 'Đơn vị «x» không có trong danh mục.', null, 1, 9,
     null, 'diem.xlsx', null),
    ('score_verified_out_of_range', 'error', 's1', '35.1', '2021-FY', null, 'Điểm «15» ngoài khoảng.', null, 1, 6, null,
     'diem.xlsx', '1.1');
insert into marts.mart_report_coverage values
    ('35.1', '2021-FY', '2021-12-20', 'on_time', '2021-12-19', 'report_date', 0, 8, 7, 1, 0, null),
    ('36.1', '2021-FY', '2021-12-20', 'missing', null, null, 0, null, 0, 0, 0, null),
    ('35.1', '2022-Q1', '2022-03-20', 'late', '2022-03-22', 'first_seen_at', 2, 8, 1, 0, 0, null);
insert into marts.mart_official_result values
    (2021, 'province', 'Hà Nam', 'PAR', 'total', 86.470000, '86.47', 100, 30, 63, 'verified', '2022-05-25',
     'https://example.org/par', null),
    (2020, 'nation', 'Cả nước', 'PAR', 'total', null, '-', null, null, 63, 'recalled', null, 'trí nhớ', '+1 so với');
"""

INDICATORS = [
    # key, row code, ordinal, row kind, unit of the form, value kind
    ("plan_tasks", "1.1.1", 0, "indicator", "Nhiệm vụ", "count"),
    ("procedures", "1.1.2", 0, "indicator", "Thủ tục", "count"),
    ("procedures_commune", "1.1.2", 1, "part", "Thủ tục", "count"),
    ("on_time_pct", "1.1.3", 0, "indicator", None, "percent"),
    ("survey_form", "1.1.4", 0, "indicator", "Không = 0 Có = 1", "code"),
    ("staff_reduced_pct", "1.1.5", 0, "indicator", "%", "percent"),
    ("tasks_given", "1.1.6", 0, "indicator", "Nhiệm vụ", "count"),
    ("documents_checked", "1.1.7", 0, "indicator", "Văn bản", "count"),
]

VALUES = [
    # report, key, value, words, as printed, is missing, note
    ("r1", "plan_tasks", "36", None, "36", False, "@SUM(A1) còn 05"),
    ("r1", "procedures", "1921", None, "1.921", False, None),
    ("r1", "procedures_commune", "147.5", None, "147,5", False, None),
    ("r1", "on_time_pct", "7.03", None, "7,03", False, None),
    ("r1", "survey_form", "1", None, "1", False, None),
    ("r1", "staff_reduced_pct", None, FORMULA, FORMULA, False, None),
    ("r1", "tasks_given", None, None, "", True, None),
    ("r2", "plan_tasks", "12", None, "12", False, None),
]

COLUMN_DESCRIPTIONS = {
    "province_key": "Khóa của tỉnh. / Key of the province.",
    "value": "Số / trị giá theo đơn vị của chỉ tiêu. / Number in the unit of the indicator.",
}


def make_warehouse(path: Path, *, is_empty: bool = False) -> Path:
    """A DuckDB file with the published marts at `path`; without any row if `is_empty`."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        if not is_empty:
            connection.execute(ROWS)
            _insert_form(connection)
            _insert_values(connection)
        _complete(connection)
    return path


def _complete(connection: duckdb.DuckDBPyConnection) -> None:
    """What the contracts of the marts have and is not written above: tables without a row, columns without a value."""
    for path in sorted(MARTS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            relation = f"marts.{model['name']}"
            connection.execute(f"create table if not exists {relation} (_ integer)")
            for column in model["columns"]:
                data_type = column["data_type"].replace("string", "varchar")
                connection.execute(f'alter table {relation} add column if not exists "{column["name"]}" {data_type}')


def _insert_form(connection: duckdb.DuckDBPyConnection) -> None:
    headings = [("1", "area", "Công tác chỉ đạo"), ("1.1", "group", "Kế hoạch CCHC")]
    for position, (code, kind, label) in enumerate(headings, start=1):
        connection.execute(
            "insert into marts.bridge_form_indicator values ('F1', ?, ?, 0, ?, ?, null, ?)",
            [position, code, kind, label, f"heading_{kind}"],
        )
    for position, (key, code, ordinal, kind, unit, value_kind) in enumerate(INDICATORS, start=3):
        connection.execute(
            "insert into marts.dim_indicator values (?, 1, 'Công tác chỉ đạo', ?, ?, ?)",
            [key, LABELS[key], "%" if value_kind == "percent" else unit, value_kind],
        )
        connection.execute(
            "insert into marts.bridge_form_indicator values ('F1', ?, ?, ?, ?, ?, ?, ?)",
            [position, code, ordinal, kind, LABELS[key], unit, key],
        )


def _insert_values(connection: duckdb.DuckDBPyConnection) -> None:
    places = {key: (code, ordinal) for key, code, ordinal, *_ in INDICATORS}
    for row, (report, key, value, words, raw, is_missing, note) in enumerate(VALUES, start=3):
        code, ordinal = places[key]
        period = "2021-FY" if report == "r1" else "2022-Q1"
        connection.execute(
            "insert into marts.fct_indicator_value values "
            "('35.1', ?, ?, ?, ?, ?, ?, false, null, null, ?, ?, ?, ?, 3, 1, ?)",
            [period, key, value, words, raw, is_missing, note, report, code, ordinal, row],
        )


def make_manifest(path: Path, tables: list[str] | None = None) -> Path:
    """The part of a dbt manifest that a release reads, with the exposure `ministry_exports`."""
    path.write_text(json.dumps(manifest_of(tables or TABLES)), encoding="utf-8")
    return path


def manifest_of(tables: list[str]) -> dict[str, Any]:
    nodes = {
        f"model.par_warehouse.{table}": {
            "resource_type": "model",
            "name": table,
            "alias": table,
            "schema": "marts",
            "description": f"One row per thing of {table}. / Mỗi dòng là một mục của {table}.",
            "columns": {
                name: {"name": name, "description": text, "meta": {}} for name, text in COLUMN_DESCRIPTIONS.items()
            },
            "constraints": [
                *([{"type": "primary_key", "columns": PRIMARY_KEYS[table]}] if table in PRIMARY_KEYS else []),
                *({"type": "check", "expression": text} for text in CHECKS.get(table, ())),
            ],
        }
        for table in tables
    }
    tests = {
        f"test.par_warehouse.{table}_province_key_known": {
            "resource_type": "test",
            "attached_node": f"model.par_warehouse.{table}",
            "test_metadata": {
                "name": "relationships",
                "kwargs": {"column_name": "province_key", "to": "ref('dim_province')", "field": "province_key"},
            },
            "depends_on": {"nodes": ["model.par_warehouse.dim_province", f"model.par_warehouse.{table}"]},
        }
        for table in ("fct_indicator_value", "mart_report_coverage")
        if table in tables
    }
    exposure = {
        "name": "ministry_exports",
        "label": "Bộ số liệu CCHC",
        "description": "Số được chép như đã in. / Figures are copied as printed.",
        "depends_on": {"nodes": list(nodes)},
        "config": {
            "meta": {
                "keywords": ["cải cách hành chính"],
                "contributors": [{"title": "Nhóm phân tích", "roles": ["publisher"]}],
            }
        },
    }
    return {"nodes": nodes | tests, "exposures": {"exposure.par_warehouse.ministry_exports": exposure}}


PRIMARY_KEYS = {
    "dim_province": ["province_key"],
    "fct_indicator_value": ["province_key", "period_key", "indicator_key"],
}
CHECKS = {
    "mart_report_coverage": [
        "status in ('not_due', 'on_time', 'late', 'missing', 'quarantined')",
        "rows_reported >= 0 and rows_blank between 0 and rows_expected",
        "days_late is null or days_late >= 0",
    ]
}

TABLES = [
    "fct_indicator_value",
    "bridge_form_indicator",
    "dim_indicator",
    "dim_period",
    "dim_province",
    "dim_report",
    "mart_official_result",
    "mart_quality_finding",
    "mart_report_coverage",
]
