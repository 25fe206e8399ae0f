"""Small files with the headers of the published releases; every value in them is made up."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

GDSC = (
    "DATASET,NLME_RESULT_ID,NLME_CURVE_ID,COSMIC_ID,CELL_LINE_NAME,SANGER_MODEL_ID,TCGA_DESC,DRUG_ID,DRUG_NAME,"
    "PUTATIVE_TARGET,PATHWAY_NAME,COMPANY_ID,WEBRELEASE,MIN_CONC,MAX_CONC,LN_IC50,AUC,RMSE,Z_SCORE"
)
CCLE = (
    "CCLE Cell Line Name,Primary Cell Line Name,Compound,Target,Doses (uM),Activity Data (median),Activity SD,"
    "Num Data,FitType,EC50 (uM),IC50 (uM),Amax,ActArea"
)
PRISM = (
    "broad_id,depmap_id,ccle_name,screen_id,upper_limit,lower_limit,slope,r2,auc,ec50,ic50,name,moa,target,"
    "disease.area,indication,smiles,phase,passed_str_profiling,row_name"
)
CURVES = (
    "experiment_id\tconc_pts_fit\tfit_num_param\tp1_conf_int_high\tp1_conf_int_low\tp2_conf_int_high\t"
    "p2_conf_int_low\tp4_conf_int_high\tp4_conf_int_low\tp1_center\tp2_slope\tp3_total_decline\tp4_baseline\t"
    "apparent_ec50_umol\tpred_pv_high_conc\tarea_under_curve\tmaster_cpd_id"
)
MODEL = (
    "ModelID,PatientID,CellLineName,StrippedCellLineName,DepmapModelType,OncotreeLineage,OncotreePrimaryDisease,"
    "OncotreeSubtype,OncotreeCode,SangerModelID,RRID,CCLEName,COSMICID"
)
LINES = {  # DepMap id: name, stripped name, OncoTree code, Sanger id, CCLE name, COSMIC id
    "ACH-000001": ("NIH:OVCAR-3", "NIHOVCAR3", "HGSOC", "SIDM00105", "NIHOVCAR3_OVARY", "905933"),
    "ACH-000002": ("HL-60", "HL60", "AML", "SIDM00829", "HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE", "905938"),
    "ACH-000003": ("T-T", "TT", "ESCC", "SIDM00412", "TT_OESOPHAGUS", "753565"),
    "ACH-000004": ("TT", "TT", "THME", "SIDM00250", "TT_THYROID", "1290922"),
}


def write_model(path: Path, more: int = 0) -> Path:
    """Write DepMap's Model.csv for `LINES` and `more` drawn lines."""
    rows = [
        (line, "PT-1", name, plain, "X", "X", "X", "X", code, sanger, "CVCL_1", ccle, cosmic)
        for line, (name, plain, code, sanger, ccle, cosmic) in LINES.items()
    ]
    rows += [
        (f"ACH-1{i:05d}", "PT-2", f"N{i}", f"N{i}", "X", "X", "X", "X", "LUAD", "", "", f"N{i}_LUNG", "")
        for i in range(more)
    ]
    pd.DataFrame(rows, columns=MODEL.split(",")).to_csv(path, index=False)
    return path


def gdsc_rows() -> list[str]:
    """Return rows: a plain one, one beyond the doses, a repetition, an unknown line, no number, no name."""
    head = "GDSC2,343,15946310"
    tail = "0.9,0.03,0.4"
    return [
        f'{head},905938,HL-60,SIDM00829,LAML,1032,Afatinib,"ERBB2, EGFR",EGFR signaling,1022,Y,0.01,10,1.5,{tail}',
        f'{head},905933,OVCAR-3,SIDM00105,OV,1032,Afatinib,"ERBB2, EGFR",EGFR signaling,1022,Y,0.01,10,4.5,{tail}',
        f'{head},905938,HL-60,SIDM00829,LAML,1032,Afatinib,"ERBB2, EGFR",EGFR signaling,1022,Y,0.01,10,1.5,{tail}',
        f'{head},111111,NOLINE,SIDM99999,OV,1032,Afatinib,"ERBB2, EGFR",EGFR signaling,1022,Y,0.01,10,1.0,{tail}',
        f"{head},905933,OVCAR-3,SIDM00105,OV,1003,Camptothecin,TOP1,DNA replication,1046,Y,0.0001,0.1,,{tail}",
        f"{head},905933,OVCAR-3,SIDM00105,OV,1004,,TOP1,DNA replication,1046,Y,0.0001,0.1,1.0,{tail}",
        f"{head},905933,OVCAR-3,SIDM00105,OV,77,Newdrug,KIN1,Other,1046,Y,0.01,10,-1.0,{tail}",
    ]


def write_gdsc(path: Path) -> Path:
    """Write GDSC2_fitted_dose_response as .csv."""
    path.write_text("\n".join([GDSC, *gdsc_rows()]) + "\n")
    return path


def write_ccle(path: Path) -> Path:
    """Write CCLE's drug table: one reached, one not (8 µM), one line that Model.csv does not know."""
    doses = '".0025,.0080,.025,.080,.25,.80,2.53,8"'
    rows = [
        f'HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,HL-60,PF2341066,c-MET,{doses},"1,2","1,1",8,Sigmoid,1.2,2,-60,2.5',
        f'NIHOVCAR3_OVARY,NIH:OVCAR-3,PF2341066,c-MET,{doses},"1,2","1,1",8,NoFit,NA,8,-2,0.1',
        f'NOSUCH_LUNG,NOSUCH,PF2341066,c-MET,{doses},"1,2","1,1",8,NoFit,NA,8,-2,0.1',
    ]
    path.write_text("\n".join([CCLE, *rows]) + "\n")
    return path


def write_prism(path: Path) -> Path:
    """Write PRISM's curve table: newer and older screen, not reached, failed identity check, beyond the doses."""
    middle = "1,0.1,1.2,0.8,0.7,0.9"
    drug = 'newdrug,kinase inhibitor,"EGFR, ERBB2",oncology,none,"CCOC(=O)C, CCOC(C)=O",Launched'
    rows = [
        f"BRD-1,ACH-000001,NIHOVCAR3_OVARY,MTS010,{middle},2.0,{drug},TRUE,PR500_ACH-000001",
        f"BRD-1,ACH-000001,NIHOVCAR3_OVARY,HTS002,{middle},5.0,{drug},TRUE,PR500_ACH-000001",
        f"BRD-1,ACH-000002,HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,HTS002,{middle},,{drug},TRUE,PR500_ACH-000002",
        f"BRD-1,ACH-000003,TT_OESOPHAGUS,HTS002,{middle},1.0,{drug},FALSE,PR500_ACH-000003",
        f"BRD-1,ACH-000004,TT_THYROID,HTS002,{middle},4000,{drug},TRUE,PR500_ACH-000004",
    ]
    path.write_text("\n".join([PRISM, *rows]) + "\n")
    return path


def write_ctrp(folder: Path) -> Path:
    """Write the four files of CTRP v2: curves through half viability at 2 µM, never there, and always below."""
    folder.mkdir()
    fit = "\t".join(["16", "3", *["0"] * 6])
    curves = [
        f"1\t{fit}\t1.0\t-1.0\t1.0\t0.0\t2.0\t0.1\t9\t1788",
        f"1\t{fit}\t1.0\t-1.0\t0.3\t0.7\t2.0\t0.7\t14\t2000",
        f"2\t{fit}\t1.0\t-1.0\t0.3\t0.1\t2.0\t0.1\t2\t1788",
        f"9\t{fit}\t1.0\t-1.0\t1.0\t0.0\t2.0\t0.1\t9\t1788",
    ]
    (folder / "v20.data.curves_post_qc.txt").write_text("\n".join([CURVES, *curves]) + "\n")
    (folder / "v20.meta.per_compound.txt").write_text(
        "master_cpd_id\tcpd_name\tbroad_cpd_id\ttop_test_conc_umol\tcpd_status\tinclusion_rationale\t"
        "gene_symbol_of_protein_target\ttarget_or_activity_of_compound\tsource_name\tsource_catalog_id\tcpd_smiles\n"
        "1788\tNewdrug\tBRD-1\t66\tprobe\tx\tEGFR;ERBB2\tx\tx\tx\tCCOC(C)=O\n"
        "2000\tOther\tBRD-2\t33\tprobe\tx\t\tx\tx\tx\tCCN\n"
    )
    (folder / "v20.meta.per_cell_line.txt").write_text(
        "master_ccl_id\tccl_name\tccl_availability\tccle_primary_site\tccle_primary_hist\tccle_hist_subtype_1\n"
        "11\tHL60\tccle\tblood\tx\tx\n12\tNIHOVCAR3\tccle\tovary\tx\tx\n13\tTT\tccle\tthyroid\tx\tx\n"
    )
    (folder / "v20.meta.per_experiment.txt").write_text(
        "experiment_id\trun_id\texperiment_date\tculture_media\tbaseline_signal\tcells_per_well\tgrowth_mode\t"
        "snp_fp_status\tmaster_ccl_id\n"
        + "".join(f"{e}\tr\td\tm\t1\t500\tadherent\tOK\t{c}\n" for e, c in ((1, 11), (1, 11), (2, 12), (9, 13)))
    )
    return folder


def write_depmap(folder: Path, genes: list[str], lines: int = 24, seed: int = 3) -> Path:
    """Write expression, copy number, mutations and Model.csv of `lines` drawn lines, with DepMap's columns."""
    folder.mkdir()
    write_model(folder / "Model.csv", lines)
    names = [f"ACH-1{i:05d}" for i in range(lines)]
    rng = np.random.default_rng(seed)
    columns = [f"{g} ({i})" for i, g in enumerate(genes)]
    values = rng.gamma(2.0, 1.5, (lines, len(genes)))
    expression = pd.DataFrame(values, columns=columns)
    flags = {"SequencingID": "CDS-1", "ModelID": names, "IsDefaultEntryForModel": "Yes"}
    again = expression.iloc[:1].assign(SequencingID="CDS-2", ModelID=names[0], IsDefaultEntryForModel="No")
    pd.concat([expression.assign(**flags), again]).to_csv(folder / "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv")
    copies = np.log2(rng.choice([0.5, 1.0, 1.0, 1.0, 3.0], (lines, len(genes))) + 1)
    pd.DataFrame(copies, columns=columns, index=names).to_csv(folder / "OmicsCNGene.csv")
    rows = [
        (names[0], "BRAF", "p.V600E", "missense_variant", True, "Yes"),
        (names[0], "TP53", "p.L130L", "synonymous_variant", False, "Yes"),
        (names[1], "MLL2", "p.R100*", "stop_gained", False, "Yes"),
        (names[1], "NOSUCHGENE", "p.R1*", "stop_gained", False, "Yes"),
        (names[2], "KRAS", "p.G12D", "missense_variant", True, "No"),
        (names[2], "KRAS", "", "intron_variant", False, "Yes"),
    ]
    header = ["ModelID", "HugoSymbol", "ProteinChange", "MolecularConsequence", "Hotspot", "IsDefaultEntryForModel"]
    pd.DataFrame(rows, columns=header).to_csv(folder / "OmicsSomaticMutations.csv", index=False)
    return folder


def write_xlsx(path: Path, rows: list[list[str]], shared: bool = True) -> Path:
    """Write a workbook of one sheet: texts shared or inline, numbers plain, empty cells left out."""
    texts: list[str] = []

    def cell(value: str, row: int, column: int) -> str:
        place = f'r="{_letters(column)}{row + 1}"'
        if value == "":
            return ""
        try:
            float(value)
        except ValueError:
            if not shared:
                return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
            texts.append(value)
            return f'<c {place} t="s"><v>{len(texts) - 1}</v></c>'
        return f"<c {place}><v>{value}</v></c>"

    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    body = "".join(f"<row>{''.join(cell(v, i, j) for j, v in enumerate(row))}</row>" for i, row in enumerate(rows))
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {space}><sheetData>{body}</sheetData></worksheet>")
        if texts:
            items = "".join(f"<si><t>{escape(t)}</t></si>" for t in texts)
            book.writestr("xl/sharedStrings.xml", f"<sst {space}>{items}</sst>")
    return path


def _letters(column: int) -> str:
    return ("" if column < 26 else _letters(column // 26 - 1)) + chr(ord("A") + column % 26)
