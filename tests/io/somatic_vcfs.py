"""Somatic VCFs as their callers write them: the same two variants of one tumour, seen by each.

A G>T substitution at position 150 in 30 of 100 reads, and the loss of one base behind position 200 in 20 of 80
(two extra records in some: what the caller itself calls germline). Fields follow the callers' own headers.
"""

from pathlib import Path

GT = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">'
AD = '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths for the ref and alt alleles in order">'
DP = '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">'
AF = '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele fractions of alternate alleles in the tumor">'

MUTECT2 = [
    '##FILTER=<ID=germline,Description="Evidence indicates this site is germline, not somatic">',
    AD,
    AF,
    DP,
    '##FORMAT=<ID=F1R2,Number=R,Type=Integer,Description="Count of reads in F1R2 pair orientation">',
    '##FORMAT=<ID=F2R1,Number=R,Type=Integer,Description="Count of reads in F2R1 pair orientation">',
    GT,
    '##FORMAT=<ID=SB,Number=4,Type=Integer,Description="Strand bias components">',
    '##INFO=<ID=TLOD,Number=A,Type=Float,Description="Log 10 likelihood ratio score of variant existing versus not">',
    '##INFO=<ID=POPAF,Number=A,Type=Float,Description="negative log 10 population allele frequencies of alt alleles">',
    "##MutectVersion=2.2",
]
STRELKA_SNVS = [
    "##source=strelka",
    "##source_version=2.9.10",
    "##content=strelka somatic snv calls",
    '##INFO=<ID=QSS,Number=1,Type=Integer,Description="Quality score for any somatic snv">',
    '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Somatic mutation">',
    '##INFO=<ID=SGT,Number=1,Type=String,Description="Most likely somatic genotype excluding normal noise states">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth for tier1 (used+filtered)">',
    '##FORMAT=<ID=FDP,Number=1,Type=Integer,Description="Number of basecalls filtered from original read depth">',
    '##FORMAT=<ID=SDP,Number=1,Type=Integer,Description="Number of reads with deletions spanning this site at tier1">',
    '##FORMAT=<ID=SUBDP,Number=1,Type=Integer,Description="Number of reads below tier1 mapping quality threshold">',
    *(
        f"##FORMAT=<ID={base}U,Number=2,Type=Integer,Description=\"Number of '{base}' alleles used in tiers 1,2\">"
        for base in "ACGT"
    ),
]
STRELKA_INDELS = [
    "##source=strelka",
    "##content=strelka somatic indel calls",
    '##INFO=<ID=QSI,Number=1,Type=Integer,Description="Quality score for the ALT haplotype">',
    '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Somatic mutation">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth for tier1">',
    '##FORMAT=<ID=DP2,Number=1,Type=Integer,Description="Read depth for tier2">',
    *(
        f'##FORMAT=<ID={name},Number=2,Type=Integer,Description="Reads for tiers 1,2">'
        for name in ("TAR", "TIR", "TOR")
    ),
]
VARDICT = [
    "##source=VarDict_v1.8.3",
    '##INFO=<ID=STATUS,Number=1,Type=String,Description="Somatic or germline status">',
    '##INFO=<ID=SAMPLE,Number=1,Type=String,Description="Sample name (with whitespace translated to underscores)">',
    '##INFO=<ID=TYPE,Number=1,Type=String,Description="Variant Type: SNV Insertion Deletion Complex">',
    '##FILTER=<ID=P0.05,Description="Not significant with p-value > 0.05">',
    GT,
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Total Depth">',
    '##FORMAT=<ID=VD,Number=1,Type=Integer,Description="Variant Depth">',
    '##FORMAT=<ID=ALD,Number=2,Type=Integer,Description="Variant forward, reverse reads">',
    '##FORMAT=<ID=RD,Number=2,Type=Integer,Description="Reference forward, reverse reads">',
    AD,
    '##FORMAT=<ID=AF,Number=1,Type=Float,Description="Allele Frequency">',
]
DEEPSOMATIC = [
    '##FILTER=<ID=RefCall,Description="Genotyping model thinks this site is reference.">',
    '##FILTER=<ID=GERMLINE,Description="Non somatic variants">',
    "##DeepVariant_version=1.9.0",
    GT,
    '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Conditional genotype quality">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    AD,
    '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Variant allele fractions.">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Phred-scaled genotype likelihoods">',
]
DRAGEN = [
    "##source=DRAGEN_SNP_v4.2",
    '##DRAGENCommandLine=<ID=dragen,CommandLineOptions="--enable-variant-caller true">',
    '##FILTER=<ID=weak_evidence,Description="Somatic variant score does not meet threshold">',
    '##INFO=<ID=GermlineStatus,Number=1,Type=String,Description="Germline status of variant">',
    GT,
    '##FORMAT=<ID=SQ,Number=A,Type=Float,Description="Somatic quality">',
    AD,
    AF,
    DP,
    '##FORMAT=<ID=SB,Number=4,Type=Integer,Description="Strand bias components">',
]
VARSCAN = [
    "##source=VarScan2",
    '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Indicates if record is a somatic mutation">',
    '##INFO=<ID=SS,Number=1,Type=String,Description="Somatic status of variant (0=Reference,1=Germline,2=Somatic,'
    '3=LOH, or 5=Unknown)">',
    GT,
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read Depth">',
    '##FORMAT=<ID=RD,Number=1,Type=Integer,Description="Depth of reference-supporting bases (reads1)">',
    '##FORMAT=<ID=AD,Number=1,Type=Integer,Description="Depth of variant-supporting bases (reads2)">',
    '##FORMAT=<ID=FREQ,Number=1,Type=String,Description="Variant allele frequency">',
]
SOMATIC_SNIPER = [
    GT,
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Total read depth">',
    '##FORMAT=<ID=DP4,Number=4,Type=Integer,Description="# high-quality ref-forward bases, ref-reverse, alt-forward '
    'and alt-reverse bases">',
    '##FORMAT=<ID=SS,Number=1,Type=Integer,Description="Variant status relative to non-adjacent Normal, 0=wildtype,'
    '1=germline,2=somatic,3=LOH,4=post-transcriptional modification,5=unknown">',
]
TCGA = [
    GT,
    '##FORMAT=<ID=DPT,Number=1,Type=Integer,Description="Sequencing depth at variant position (tumor)">',
    '##FORMAT=<ID=ADT,Number=.,Type=String,Description="Allelic depths for the ref and alt alleles (tumor)">',
    '##INFO=<ID=TVAF,Number=.,Type=Float,Description="Allelic fraction of alternative allele in tumor">',
    '##INFO=<ID=TDP,Number=.,Type=Integer,Description="Read depth across variant site in tumor">',
]

Row = tuple[str, str, str, str]  # kind, FILTER, INFO, and FORMAT with the samples' columns

CALLERS: dict[str, tuple[list[str], str, list[Row]]] = {
    "mutect2 pair": (
        [*MUTECT2, "##normal_sample=P1-blood", "##tumor_sample=P1-biopsy"],
        "P1-biopsy P1-blood",
        [
            ("snv", "PASS", "TLOD=60.1", "GT:AD:AF:DP:SB 0/1:70,30:0.30:100:35,35,15,15 0/0:50,0:0.01:50:25,25,0,0"),
            ("del", "PASS", "TLOD=44.0", "GT:AD:AF:DP:SB 0/1:60,20:0.25:80:30,30,10,10 0/0:40,0:0.01:40:20,20,0,0"),
            ("germline", "germline", "TLOD=9", "GT:AD:AF:DP:SB 0/1:50,50:0.5:100:25,25,25,25 0/1:20,20:0.5:40:9,9,9,9"),
        ],
    ),
    "mutect2 tumour only": (
        [*MUTECT2, "##tumor_sample=P1-biopsy"],
        "P1-biopsy",
        [
            ("snv", "PASS", "POPAF=6.0;TLOD=60.1", "GT:AD:AF:DP 0/1:70,30:0.30:100"),
            ("del", "PASS", "POPAF=6.0;TLOD=44.0", "GT:AD:AF:DP 0/1:60,20:0.25:80"),
        ],
    ),
    "strelka2 snvs": (
        STRELKA_SNVS,
        "NORMAL TUMOR",
        [
            (
                *("snv", "PASS", "SOMATIC;QSS=90;SGT=GG->GT"),
                "DP:FDP:SDP:SUBDP:AU:CU:GU:TU 50:0:0:0:0,0:0,0:50,52:0,0 104:4:0:0:0,0:0,0:70,75:30,31",
            )
        ],
    ),
    "strelka2 indels": (
        STRELKA_INDELS,
        "NORMAL TUMOR",
        [("del", "PASS", "SOMATIC;QSI=80", "DP:DP2:TAR:TIR:TOR 40:40:40,40:0,0:0,0 84:84:60,62:20,20:4,4")],
    ),
    "vardict pair": (
        VARDICT,
        "biopsy_TUMOR blood",
        [
            (
                *("snv", "PASS", "STATUS=StrongSomatic;SAMPLE=biopsy_TUMOR;TYPE=SNV"),
                "GT:DP:VD:ALD:RD:AD:AF 0/1:100:30:15,15:35,35:70,30:0.3 0/0:50:0:0,0:25,25:50,0:0",
            ),
            (
                *("del", "PASS", "STATUS=LikelySomatic;SAMPLE=biopsy_TUMOR;TYPE=Deletion"),
                "GT:DP:VD:ALD:RD:AD:AF 0/1:80:20:10,10:30,30:60,20:0.25 0/0:40:0:0,0:20,20:40,0:0",
            ),
            (
                *("germline", "PASS", "STATUS=Germline;SAMPLE=biopsy_TUMOR;TYPE=SNV"),
                "GT:DP:VD:ALD:RD:AD:AF 0/1:100:50:25,25:25,25:50,50:0.5 0/1:50:25:12,13:12,13:25,25:0.5",
            ),
        ],
    ),
    "deepsomatic": (
        DEEPSOMATIC,
        "P1-biopsy",
        [
            ("snv", "PASS", ".", "GT:GQ:DP:AD:VAF:PL 1/1:40:100:70,30:0.3:40,45,0"),
            ("del", "PASS", ".", "GT:GQ:DP:AD:VAF:PL 1/1:35:80:60,20:0.25:35,40,0"),
            ("germline", "GERMLINE", ".", "GT:GQ:DP:AD:VAF:PL 0/0:30:100:50,50:0.5:0,30,40"),
        ],
    ),
    "dragen pair": (
        [*DRAGEN, "##normal_sample=P1-blood", "##tumor_sample=P1-biopsy"],
        "P1-blood P1-biopsy",
        [
            ("snv", "PASS", ".", "GT:SQ:AD:AF:DP:SB 0/0:.:50,0:0:50:25,25,0,0 0/1:40.2:70,30:0.3:100:35,35,15,15"),
            ("del", "PASS", ".", "GT:SQ:AD:AF:DP:SB 0/0:.:40,0:0:40:20,20,0,0 0/1:33.1:60,20:0.25:80:30,30,10,10"),
        ],
    ),
    "dragen tumour only": (
        DRAGEN,
        "P1-biopsy",
        [
            ("snv", "PASS", "GermlineStatus=Somatic", "GT:SQ:AD:AF:DP 0/1:40.2:70,30:0.3:100"),
            ("germline", "PASS", "GermlineStatus=Germline_DB", "GT:SQ:AD:AF:DP 0/1:60.2:50,50:0.5:100"),
        ],
    ),
    "varscan2": (
        VARSCAN,
        "NORMAL TUMOR",
        [
            ("snv", "PASS", "SOMATIC;SS=2", "GT:DP:RD:AD:FREQ 0/0:50:50:0:0% 0/1:100:70:30:30%"),
            ("germline", "PASS", "SS=1", "GT:DP:RD:AD:FREQ 0/1:50:25:25:50% 0/1:100:50:50:50%"),
        ],
    ),
    "somaticsniper": (
        SOMATIC_SNIPER,
        "NORMAL TUMOR",
        [
            ("snv", ".", ".", "GT:DP:DP4:SS 0/0:50:25,25,0,0:0 0/1:100:35,35,15,15:2"),
            ("germline", ".", ".", "GT:DP:DP4:SS 0/1:50:12,13,12,13:1 0/1:100:25,25,25,25:1"),
        ],
    ),
    "tcga tags": (
        TCGA,
        "pair",
        [
            ("snv", "PASS", "TVAF=0.3;TDP=100", "GT:DPT:ADT 0/1:100:70,30"),
            ("del", "PASS", "TVAF=0.25;TDP=80", "GT:DPT:ADT 0/1:80:60,20"),
        ],
    ),
}
PLACES = {"snv": 150, "del": 200, "germline": 300}
EXPECTED = {"snv": (100, 30, 0.3), "del": (80, 20, 0.25)}
"""Depth, reads of the allele, fraction. Strelka's depth counts filtered reads too: 104 and 84."""


def sequence() -> str:
    """Return 600 bases in which the records' reference bases hold, and no base repeats its neighbour."""
    bases = list("ACGT" * 150)
    bases[149], bases[299] = "G", "A"
    return "".join(bases)


def write_somatic(path: Path, caller: str, *, drop: str = "") -> Path:
    """Write what `caller` would have written; `drop` leaves records of one kind out."""
    meta, samples, rows = CALLERS[caller]
    genome = sequence()
    columns = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples.split()])
    lines = ["##fileformat=VCFv4.2", *meta, "##contig=<ID=c1,length=600>", columns]
    for kind, filters, info, fields in rows:
        place = PLACES[kind]
        ref = genome[place - 1 : place + 1] if kind == "del" else genome[place - 1]
        alt = ref[0] if kind == "del" else "T"
        if kind != drop:
            lines.append("\t".join(["c1", str(place), ".", ref, alt, ".", filters, info, *fields.split()]))
    path.write_text("\n".join(lines) + "\n")
    return path
