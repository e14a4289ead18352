"""A small warehouse and its dbt manifest, for tests of what is published.

One province's report of 2021 has every kind of cell (number, percent, code, words, blank, a row that is not there),
an older revision that does not count, and a report of a later quarter. Truth is written here by hand.
"""

import json
from collections.abc import Iterator
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

CONTRACTS = Path(__file__).parents[1] / "dbt_project" / "models" / "marts"


def schema() -> Iterator[str]:
    """Every mart as its contract states it, without its constraints: a test makes the rows that it needs."""
    yield "create schema marts"
    for path in sorted(CONTRACTS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
            yield f"create table marts.{model['name']} ({columns})"


ROWS = """
insert into marts.dim_province (province_key, province_code, province_name, region_name, valid_from, valid_to) values
    ('36.1', '36', 'Nam Định', 'Đồng bằng sông Hồng', '2011-01-01', '2025-06-30'),
    ('35.1', '35', 'Hà Nam', 'Đồng bằng sông Hồng', '2011-01-01', '2025-06-30');
insert into marts.dim_period (period_key, report_year, period_kind, period_name, due_date) values
    ('2021-FY', 2021, 'FY', 'Năm 2021', '2021-12-20'),
    ('2022-Q1', 2022, 'Q1', 'Quý I năm 2022', '2022-03-20');
insert into marts.dim_report (report_key, province_key, period_key, form_code, report_number, report_date, signatory,
    first_seen_at, file_name,
    file_sha256, revision_number, is_current, is_simulated) values
    ('r1', '35.1', '2021-FY', 'F1', '10/BC & UBND', '2021-12-19', 'Nguyễn Văn A', '2021-12-19 08:00:00', 'a.docx',
     'aa', 2, true, false),
    ('r0', '35.1', '2021-FY', 'F1', '9/BC-UBND', '2021-12-01', null, '2021-12-01 08:00:00', 'z.docx', 'zz', 1, false,
     false),
    ('r2', '35.1', '2022-Q1', 'F1', null, null, null, '2022-03-22 08:00:00', 'b.docx', 'bb', 1, true, false);
insert into marts.mart_quality_finding (rule, severity, report_key, province_key, period_key, indicator_keys,
    message_vi, page, table_number, row_number,
    block_number, source_file_name, criterion_code, is_simulated) values
    ('identity_doubtful', 'warning', 'r1', '35.1', '2021-FY', 'procedures procedures_commune',
     'Cần xem lại: tổng.', 3, 1, 4, null, 'a.docx', null, false),
    ('not_a_number', 'warning', 'r1', '35.1', '2021-FY', 'staff_reduced_pct', 'Ô ghi bằng chữ.', 3, 1, 8, null,
     'a.docx', null, false),
    ('unmatched_row', 'error', 'r1', '35.1', '2021-FY', null, 'Dòng «x» không có trong mẫu.', 4, 1, 12, null,
     'a.docx', null, false),
    ('score_province_unknown', 'error', 's1', null, '2021-FY', null, 'Đơn vị «x» không có trong danh mục.', null, 1, 9,
     null, 'diem.xlsx', null, false),
    ('score_verified_out_of_range', 'error', 's1', '35.1', '2021-FY', null, 'Điểm «15» ngoài khoảng.', null, 1, 6, null,
     'diem.xlsx', '1.1', false);
update marts.mart_quality_finding set finding_key = md5(rule), is_accepted = false, place = row_number;
insert into marts.mart_report_coverage (province_key, period_key, due_date, status, sent_date, sent_date_basis,
    days_late, rows_expected, rows_reported,
    rows_blank, files_quarantined, quarantine_reason_vi, is_simulated) values
    ('35.1', '2021-FY', '2021-12-20', 'on_time', '2021-12-19', 'report_date', 0, 8, 7, 1, 0, null, false),
    ('36.1', '2021-FY', '2021-12-20', 'missing', null, null, 0, null, 0, 0, 0, null, false),
    ('35.1', '2022-Q1', '2022-03-20', 'late', '2022-03-22', 'first_seen_at', 2, 8, 1, 0, 0, null, false),
    ('36.1', '2022-Q1', '2022-03-20', 'not_due', null, null, 0, null, 0, 0, 0, null, false);
insert into marts.mart_official_result (result_year, subject_kind, subject_name, index_name, component, measure,
    score, score_printed, max_points, rank,
    ranked_count, status, released_on, source, note) values
    (2021, 'province', 'Hà Nam', 'PAR', 'total', 'score', 86.470000, '86.47', 100, 30, 63, 'verified', '2022-05-25',
     'https://example.org/par', null),
    (2020, 'nation', 'Cả nước', 'PAR', 'total', 'score', null, '-', null, null, 63, 'recalled', null, 'trí nhớ',
     '+1 so với'),
    (2020, 'nation', 'Cả nước', 'PAR', 'LV2', 'change', -1.6, '-1.60', null, null, null, 'doubtful', null, 'báo', null);
"""

# A real index in points with two provinces ranked, and a made-up one in percent with an interval and a third province
# that is not ranked.
SCORES = """
insert into marts.dim_province (province_key, province_code, province_name, province_type, region_name, north_to_south,
    valid_from, valid_to) values
    ('37.1', '37', 'Ninh Bình', 'tỉnh', 'Đồng bằng sông Hồng', 2, '2011-01-01', '2025-06-30');
update marts.dim_province set province_type = 'tỉnh', north_to_south = 2, today_province_key = province_key;
insert into marts.dim_index (index_code, index_name, index_name_en, tie_rule, min_coverage_pct, total_unit) values
    ('PAPI', 'Chỉ số PAPI', 'PAPI', 'equal', 100, 'points'), ('PAR', 'Chỉ số CCHC', 'PAR INDEX', 'equal', 80, 'pct');
insert into marts.dim_criterion (index_code, edition_code, criterion_code, level, is_leaf, criterion_name, max_points,
    criteria_edition_code, area_code) values
    ('PAPI', '2021', '1', 'area', false, 'Tham gia', 10, '2021', '1'),
    ('PAPI', '2021', '1.1', 'criterion', true, 'Tri thức công dân', 10, '2021', '1'),
    ('PAR', '876', '1', 'area', false, 'Chỉ đạo, điều hành', 9.5, '876', '1'),
    ('PAR', '876', '1.10', 'criterion', true, 'Sáng kiến', 1, '876', '1'),
    ('PAR', '876', '1.2', 'criterion', true, 'Báo cáo', 8.5, '876', '1');
update marts.dim_criterion set provenance = 'derived';
insert into marts.dim_map_tile (unit_count, province_code, tile_kind, tile_name, grid_column, grid_row)
select unit_count, province_code, 'province', province_name, row_number() over (order by province_code), 1
from marts.dim_province cross join (values (34), (63)) as map (unit_count);
insert into marts.mart_national_ranking (index_code, report_year, province_key, edition_code, decision,
    is_edition_verified, is_stand_in, total_unit, index_pct, rank, ranked_count, group_name, points, max_points,
    not_ranked_reason_vi, rank_low, rank_high, region_name, region_rank, province_type, peer_rank, last_year_rank,
    rank_change, index_change_pct, no_movement_reason_vi, is_simulated) values
    ('PAPI', 2021, '35.1', '2021', null, true, false, 'points', 54.286, 2, 2, null, 5.4286, 10, null, 2, 2,
     'Đồng bằng sông Hồng', 2, 'tỉnh', 2, 1, -1, -0.5, null, false),
    ('PAPI', 2021, '36.1', '2021', null, true, false, 'points', 60.1, 1, 2, null, 6.01, 10, null, 1, 1,
     'Đồng bằng sông Hồng', 1, 'tỉnh', 1, 2, 1, 2.25, null, false),
    ('PAR', 2021, '35.1', '876', '876/QĐ-BNV', false, true, 'pct', 87.089, 1, 2, 'B', 87.089, 100, null, 1, 2,
     'Đồng bằng sông Hồng', 1, 'tỉnh', 1, null, null, null, 'không có điểm của năm trước', true),
    ('PAR', 2021, '36.1', '876', '876/QĐ-BNV', false, true, 'pct', 79.5, 2, 2, 'C', 79.5, 100, null, 1, 2,
     'Đồng bằng sông Hồng', 2, 'tỉnh', 2, null, null, null, 'không có điểm của năm trước', true),
    ('PAR', 2021, '37.1', '876', '876/QĐ-BNV', false, true, 'pct', null, null, 2, null, 20, 100,
     'bao phủ 32,5 % dưới ngưỡng 80 %', null, null, 'Đồng bằng sông Hồng', null, 'tỉnh', null, null, null, null,
     'năm nay không xếp hạng', true);
insert into marts.mart_area_ranking (index_code, report_year, province_key, area_code, area_name, points, max_points,
    area_index_pct, rank, rank_low, rank_high, is_simulated) values
    ('PAPI', 2021, '35.1', '1', 'Tham gia', 5.4286, 10, 54.286, 2, 2, 2, false),
    ('PAPI', 2021, '36.1', '1', 'Tham gia', 6.01, 10, 60.1, 1, 1, 1, false),
    ('PAR', 2021, '35.1', '1', 'Chỉ đạo, điều hành', 9.123456789, 9.5, 96.036387253, 1, 1, 2, true),
    ('PAR', 2021, '36.1', '1', 'Chỉ đạo, điều hành', 8.5, 9.5, 89.473684211, 2, 1, 2, true);
insert into marts.mart_index_summary (index_code, report_year, area_code, scope_kind, scope_name, is_simulated,
    ranked_count, mean_index_pct, median_index_pct, lowest_index_pct, highest_index_pct, mean_points) values
    ('PAPI', 2021, 'total', 'nation', 'Cả nước', false, 2, 57.193, 57.193, 54.286, 60.1, 5.7193),
    ('PAPI', 2021, '1', 'nation', 'Cả nước', false, 2, 57.193, 57.193, 54.286, 60.1, 5.7193),
    ('PAPI', 2021, 'total', 'region', 'Đồng bằng sông Hồng', false, 2, 57.193, 57.193, 54.286, 60.1, 5.7193),
    ('PAR', 2021, 'total', 'nation', 'Cả nước', true, 2, 83.2945, 83.2945, 79.5, 87.089, 83.2945),
    ('PAR', 2021, '1', 'nation', 'Cả nước', true, 2, 92.755, 92.755, 89.473684, 96.036387, 8.81),
    ('PAR', 2021, 'total', 'group', 'B', true, 1, 87.089, 87.089, 87.089, 87.089, 87.089);
insert into marts.dim_score_group values
    ('PAR', 2019, null, 'A', 90, 'x'), ('PAR', 2019, null, 'B', 80, 'x'), ('PAR', 2019, null, 'C', 70, 'x'),
    ('PAR', 2018, 2018, 'A', 80, 'x');
insert into marts.fct_criterion_score (index_code, report_year, province_key, edition_code, criterion_code, basis,
    points,
    max_points, status, is_leaf, is_used, explanation, is_simulated) values
    ('PAR', 2021, '35.1', '876', '1.10', 'verified', 0.75, 1, 'given', true, true, 'thẩm định 0,75/1', true);
insert into marts.mart_score_gap (index_code, report_year, province_key, criterion_code, max_points, claimed_points,
    accepted_points, gap_points, cause, is_simulated) values
    ('PAR', 2021, '35.1', '1.10', 1, 1, 0.75, 0.25, '=thiếu tài liệu', true),
    ('PAR', 2021, '35.1', '1.2', 8.5, 8.5, 8.5, 0, 'chấp nhận', true);
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


def make_warehouse(path: Path, *, is_empty: bool = False, has_scores: bool = False) -> Path:
    """A DuckDB file with the published marts at `path`; without any row if `is_empty`."""
    with duckdb.connect(str(path)) as connection:
        for statement in schema():
            connection.execute(statement)
        if not is_empty:
            connection.execute(ROWS)
            if has_scores:
                connection.execute(SCORES)
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
            "insert into marts.bridge_form_indicator (form_code, position, row_code, ordinal, row_kind, label, "
            "indicator_key) values ('F1', ?, ?, 0, ?, ?, ?)",
            [position, code, kind, label, f"heading_{kind}"],
        )
    for position, (key, code, ordinal, kind, unit, value_kind) in enumerate(INDICATORS, start=3):
        connection.execute(
            "insert into marts.dim_indicator (indicator_key, area_number, area_name, indicator_name, unit_name, "
            "value_kind) values (?, 1, 'Công tác chỉ đạo', ?, ?, ?)",
            [key, LABELS[key], "%" if value_kind == "percent" else unit, value_kind],
        )
        connection.execute(
            "insert into marts.bridge_form_indicator (form_code, position, row_code, ordinal, row_kind, label, unit, "
            "indicator_key) values ('F1', ?, ?, ?, ?, ?, ?, ?)",
            [position, code, ordinal, kind, LABELS[key], unit, key],
        )


def _insert_values(connection: duckdb.DuckDBPyConnection) -> None:
    places = {key: (code, ordinal) for key, code, ordinal, *_ in INDICATORS}
    for row, (report, key, value, words, raw, is_missing, note) in enumerate(VALUES, start=3):
        code, ordinal = places[key]
        period = "2021-FY" if report == "r1" else "2022-Q1"
        connection.execute(
            "insert into marts.fct_indicator_value (province_key, period_key, indicator_key, value, value_text, "
            "value_raw, is_missing, is_corrected, note, report_key, row_code, ordinal, page, table_number, row_number, "
            "is_simulated) values ('35.1', ?, ?, ?, ?, ?, ?, false, ?, ?, ?, ?, 3, 1, ?, false)",
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
