"""The raw contract: the columns and types of every table under `raw/`, stated once.

Everything a document says is text as printed; only places, counts and confidences are numbers. A table without
rows is a file with this schema. Not here: writing the files (`raw.py`), and what the values mean (dbt).
"""

from __future__ import annotations

import pyarrow as pa

_TEXTS = pa.list_(pa.string())

_CELL = pa.struct(
    [
        ("column", pa.int32()),
        ("column_span", pa.int32()),
        ("row_span", pa.int32()),
        ("text", pa.string()),
        ("text_nfkc", pa.string()),
        ("typed_value", pa.string()),
        ("number_format", pa.string()),
        ("box", pa.list_(pa.float32())),
        ("confidence", pa.float32()),
        ("flags", _TEXTS),
    ]
)

# inbox_path: below the period's folder, `/` between.  first_seen_at: when this warehouse first saw these bytes in this
# period.  file_time: what the file system says, for information.  is_final: whether reading it again could not change
# the answer.  is_in_inbox: whether the file was there when the period was last read.
DOCUMENTS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("file_name", pa.string()),
        ("inbox_path", pa.string()),
        ("first_seen_at", pa.timestamp("us", tz="UTC")),
        ("file_time", pa.timestamp("us", tz="UTC")),
        ("is_in_inbox", pa.bool_()),
        ("format", pa.string()),
        ("file_bytes", pa.int64()),
        ("reader_version", pa.string()),
        ("document_kind", pa.string()),
        ("status", pa.string()),
        ("reason_code", pa.string()),
        ("reason_vi", pa.string()),
        ("reason_en", pa.string()),
        ("is_final", pa.bool_()),
        ("period_claimed", pa.string()),
        ("province_claimed", pa.string()),
        ("period_found", pa.string()),
        ("province_found", pa.string()),
        ("province_printed", pa.string()),
        ("report_number", pa.string()),
        ("report_date", pa.string()),
        ("signatory", pa.string()),
        ("form_code", pa.string()),
        ("page_count", pa.int32()),
        ("row_count", pa.int32()),
        ("rows_expected", pa.int32()),
        ("rows_unmatched", pa.int32()),
        ("rows_not_found", _TEXTS),
        ("flags", _TEXTS),
    ]
)

BLOCKS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("block_number", pa.int32()),
        ("block_kind", pa.string()),
        ("page", pa.int32()),
        ("table_number", pa.int32()),
        ("row_number", pa.int32()),
        ("text_printed", pa.string()),
        ("cells", pa.list_(_CELL)),
        ("flags", _TEXTS),
    ]
)

ANNEX_ROWS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("annex_row_number", pa.int32()),
        ("code_printed", pa.string()),
        ("row_code", pa.string()),
        ("parent_code", pa.string()),
        ("ordinal", pa.int32()),
        ("code_source", pa.string()),
        ("label_printed", pa.string()),
        ("unit_printed", pa.string()),
        ("value_raw", pa.string()),
        ("value_typed", pa.string()),
        ("note", pa.string()),
        ("page", pa.int32()),
        ("table_number", pa.int32()),
        ("row_number", pa.int32()),
        ("confidence", pa.float32()),
        ("flags", _TEXTS),
    ]
)

NARRATIVE_FIGURES = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("figure_number", pa.int32()),
        ("figure_kind", pa.string()),
        ("figure_printed", pa.string()),
        ("value_raw", pa.string()),
        ("whole_raw", pa.string()),
        ("in_words", pa.string()),
        ("phrase_printed", pa.string()),
        ("words_before", pa.string()),
        ("words_after", pa.string()),
        ("words_beside", pa.string()),
        ("words_above", pa.string()),
        ("part_of_figure", pa.int32()),
        ("year_printed", pa.string()),
        ("day_printed", pa.string()),
        ("named_unit", pa.string()),
        ("items_least", pa.int32()),
        ("items_most", pa.int32()),
        ("section", pa.string()),
        ("section_words", pa.string()),
        ("sentence", pa.string()),
        ("block_number", pa.int32()),
        ("page", pa.int32()),
    ]
)

_SHEET = [
    ("file_sha256", pa.string()),
    ("sheet_row_number", pa.int32()),
    ("sheet_kind", pa.string()),
    ("index_code", pa.string()),
    ("edition_code", pa.string()),
    ("report_year", pa.int32()),
    ("province_key", pa.string()),
    ("province_code", pa.string()),
    ("province_printed", pa.string()),
    ("criterion_code", pa.string()),
]
_PLACE = [("is_simulated", pa.bool_()), ("table_number", pa.int32()), ("row_number", pa.int32())]

SCORE_ROWS = pa.schema(
    [
        *_SHEET,
        ("parent_code", pa.string()),
        ("level", pa.string()),
        ("criterion_name", pa.string()),
        ("criterion_name_en", pa.string()),
        ("measure", pa.string()),
        ("value_raw", pa.string()),
        ("value_typed", pa.string()),
        ("note", pa.string()),
        ("appraisal_round", pa.string()),
        ("evidence", pa.string()),
        ("evidence_page", pa.string()),
        ("explanation_asked", pa.string()),
        ("appraising_unit", pa.string()),
        ("appraised_by", pa.string()),
        ("appraised_on", pa.string()),
        ("variable_code", pa.string()),
        ("variable_name", pa.string()),
        *_PLACE,
    ]
)

SURVEY_ROWS = pa.schema(
    [
        *_SHEET,
        ("score_raw", pa.string()),
        ("score_typed", pa.string()),
        ("scale_raw", pa.string()),
        ("respondents_raw", pa.string()),
        ("standard_error_raw", pa.string()),
        *_PLACE,
    ]
)

PUBLISHED_ROWS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("sheet_row_number", pa.int32()),
        ("index_code", pa.string()),
        ("report_year", pa.int32()),
        ("as_of", pa.string()),
        ("component", pa.string()),
        ("measure", pa.string()),
        ("subject_kind", pa.string()),
        ("province_key", pa.string()),
        ("province_code", pa.string()),
        ("province_printed", pa.string()),
        ("score_raw", pa.string()),
        ("score_typed", pa.string()),
        ("max_points_raw", pa.string()),
        ("rank_raw", pa.string()),
        ("ranked_count_raw", pa.string()),
        ("status", pa.string()),
        ("released_on", pa.string()),
        ("source", pa.string()),
        ("note", pa.string()),
        ("note_en", pa.string()),
        *_PLACE,
    ]
)

EDITION_ROWS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("sheet_row_number", pa.int32()),
        *(
            (name, pa.string())
            for name in (
                "index_code",
                "edition_code",
                "first_year",
                "last_year",
                "decision",
                "is_verified",
                "criterion_code",
                "parent_code",
                "level",
                "criterion_name",
                "criterion_name_en",
                "max_points",
                "scored_by",
                "variant",
                "rule_kind",
                "numerator_keys",
                "denominator_keys",
                "combine",
                "floor_value",
                "full_value",
                "steps",
                "when_nothing_due",
                "unit_vi",
                "unit_en",
                "source",
            )
        ),
        ("table_number", pa.int32()),
        ("row_number", pa.int32()),
    ]
)

DECISIONS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("sheet_row_number", pa.int32()),
        ("decision", pa.string()),
        ("target_sha256", pa.string()),
        ("target_name", pa.string()),
        ("reason", pa.string()),
        ("decided_by", pa.string()),
        ("decided_at", pa.string()),
        *(
            (name, pa.string())
            for name in (
                "finding_key",
                "row_code",
                "ordinal",
                "criterion_code",
                "measure",
                "province_key",
                "report_year",
                "value_expected",
                "value_corrected",
            )
        ),
        ("table_number", pa.int32()),
        ("row_number", pa.int32()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "blocks": BLOCKS,
    "annex_rows": ANNEX_ROWS,
    "narrative_figures": NARRATIVE_FIGURES,
    "score_rows": SCORE_ROWS,
    "survey_rows": SURVEY_ROWS,
    "published_rows": PUBLISHED_ROWS,
    "edition_rows": EDITION_ROWS,
    "decisions": DECISIONS,
}

DESCRIPTIONS: dict[str, str] = {
    "file_sha256": "SHA-256 of the file's bytes.",
    "file_name": "Name of the file as received.",
    "inbox_path": "Path below the period's folder of the inbox.",
    "first_seen_at": "When this warehouse first saw these bytes in this period (UTC).",
    "file_time": "Time of the file as its file system says (UTC); for information, it decides nothing.",
    "is_in_inbox": "Whether the file lay in the inbox when the period was last read.",
    "format": "Format as recognised from the content.",
    "file_bytes": "Size of the file in bytes.",
    "reader_version": "Hash of the code, seeds and programs that the reading depends on.",
    "document_kind": "A report, or a sheet of scores, a survey, an edition, a decision.",
    "status": "accepted or quarantined.",
    "reason_code": "Code of the reason for quarantine.",
    "reason_vi": "The reason in Vietnamese, and what to do.",
    "reason_en": "The reason in English, and what to do.",
    "is_final": "False where the machine caused a refusal: it is tried again in the next run.",
    "period_claimed": "Period that the folder claims.",
    "province_claimed": "Province that the file or folder name claims.",
    "period_found": "Period found in the text.",
    "province_found": "Key of the province found in the text.",
    "province_printed": "Province as printed.",
    "report_number": "Number of the report as printed.",
    "report_date": "Day of signature.",
    "signatory": "Who signed.",
    "form_code": "Form that the annex follows.",
    "page_count": "Pages; blank where the format has none.",
    "row_count": "Annex rows read.",
    "rows_expected": "Rows that the form has.",
    "rows_unmatched": "Annex rows that match no row of the form.",
    "rows_not_found": "Rows of the form that the annex lacks.",
    "flags": "What the reader noticed.",
    "block_number": "Position of the paragraph or table row in the file, from 1.",
    "block_kind": "Paragraph, table row or header row.",
    "page": "Page, from 1; blank where the format has none.",
    "table_number": "Number of the table in the file, from 1.",
    "row_number": "Row within the table, from 1.",
    "text_printed": "Text as printed.",
    "cells": "Cells of a table row: column, spans, text, stored value, number format, box, confidence, flags.",
    "annex_row_number": "Position of the row in its annex, from 1.",
    "sheet_row_number": "Position of the row in its sheet, from 1.",
    "code_printed": "Code as printed.",
    "row_code": "Code of the form row, without a trailing dot.",
    "parent_code": "Code of the parent.",
    "ordinal": "Number of an «of which» row under its parent, from 1; 0 for a coded row.",
    "code_source": "Whether the code was printed, aligned by label and order, or unmatched.",
    "label_printed": "Label as printed.",
    "unit_printed": "Unit as printed.",
    "value_raw": "Value as printed.",
    "value_typed": "Value stored in a workbook's cell, as text.",
    "note": "Note as printed.",
    "confidence": "Confidence of recognition, 0 to 1; blank unless scanned.",
    "figure_number": "Position of the figure in the narrative, from 1.",
    "figure_kind": "Number, percent or ratio; a status, a province and a year are named without one.",
    "figure_printed": "Figure as printed; of a status, its clause.",
    "whole_raw": "What a ratio is of: 36 of 31/36.",
    "in_words": "Digits of a figure that is written in words.",
    "phrase_printed": "The figure in its clause, as printed.",
    "words_before": "Words of the clause before the figure.",
    "words_after": "Words of the clause after the figure.",
    "words_beside": "Words that the figure shares with what stands before it in its sentence.",
    "words_above": "Words of what the figure is a part of.",
    "part_of_figure": "Number of the figure that this one is a part of.",
    "year_printed": "Year that the clause names.",
    "day_printed": "Day, as 2021-06-30, up to which or from which the clause says that the figure counts.",
    "named_unit": "Department, district or other body that the clause names.",
    "items_least": "Fewest names that a list behind the count can be read as.",
    "items_most": "Most names that a list behind the count can be read as.",
    "section": "Headings above, from the outermost.",
    "section_words": "Words of the headings, in lower case.",
    "sentence": "The whole sentence.",
    "sheet_kind": "What the sheet is: claims, verified points, a survey, statistics, published scores or results.",
    "index_code": "Index, such as PAR or PAPI.",
    "edition_code": "Edition of the criteria.",
    "report_year": "Year that the scores are of.",
    "province_key": "Key of the province.",
    "province_code": "Official code of the province as printed.",
    "criterion_code": "Code of the criterion as printed.",
    "level": "Level of the criterion as printed.",
    "criterion_name": "Name of the criterion in Vietnamese.",
    "criterion_name_en": "Name of the criterion in English.",
    "measure": "What the figure is: self, verified, published, explanation, a variable, a statistic, an official one.",
    "appraisal_round": "Round of the appraisal that the points are of, as printed; blank where none is named.",
    "evidence": "Documents that prove the points, as printed.",
    "evidence_page": "Page or item of the evidence, as printed.",
    "explanation_asked": "What the appraiser asked the province to explain.",
    "appraising_unit": "Unit that appraises the criterion, as printed.",
    "appraised_by": "Who appraised, as printed.",
    "appraised_on": "Day of the appraisal, as printed.",
    "variable_code": "Variable of a formula: its code, or its name where it has none.",
    "variable_name": "Name of the variable as printed.",
    "is_simulated": "Whether the file says that its figures are made up.",
    "as_of": "Day that a published figure is of, as printed; blank for a whole year.",
    "component": "Index or part of it, as the file names it.",
    "subject_kind": "Province, region or nation.",
    "note_en": "Note in English, as printed.",
    "max_points_raw": "Maximum of the figure as printed.",
    "rank_raw": "Rank as printed.",
    "ranked_count_raw": "How many were ranked, as printed.",
    "released_on": "Day of publication, as printed.",
    "score_raw": "Result of the survey as printed.",
    "score_typed": "Result stored in a workbook's cell, as text.",
    "scale_raw": "Top of the scale as printed.",
    "respondents_raw": "Number of respondents as printed.",
    "standard_error_raw": "Standard error as printed.",
    "first_year": "First year that the edition is for, as printed.",
    "last_year": "Last year that the edition is for, as printed.",
    "decision": "Decision: of the ministry (edition), or of a person about a file or a figure (decisions).",
    "finding_key": "Case that was decided, as the workbook of cases names it.",
    "value_expected": "Figure of the report that the decision was made for, as printed; another one reopens the case.",
    "value_corrected": "Figure that takes its place, as printed.",
    "is_verified": "Whether the edition was checked against the decision, as printed.",
    "max_points": "Maximum points as printed.",
    "scored_by": "Where the points come from.",
    "rule_kind": "Kind of the rule.",
    "numerator_keys": "Indicators of the numerator.",
    "denominator_keys": "Indicators of the denominator.",
    "variant": "Which of several rules of the criterion; the first that the form asks for decides.",
    "combine": "How several indicators are combined.",
    "floor_value": "Floor of the rule as printed.",
    "full_value": "Value that earns full points, as printed.",
    "steps": "Steps of the rule as printed.",
    "when_nothing_due": "What holds where nothing was due.",
    "unit_vi": "Unit in Vietnamese.",
    "unit_en": "Unit in English.",
    "source": "Source as printed.",
    "target_sha256": "SHA-256 of the file that a decision is about.",
    "target_name": "Name of the file that a decision is about.",
    "reason": "Why it was decided.",
    "decided_by": "Who decided.",
    "decided_at": "When it was decided, as printed.",
}
"""What each column of the raw tables holds."""
