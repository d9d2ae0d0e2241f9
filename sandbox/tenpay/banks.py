"""The banks behind the gateway by `bank_type`, as the page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

CASHIER = "DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    code: str
    name: str
    name_en: str
    is_company: bool = False


_PERSONAL = (
    ("ICBC", "中国工商银行", "ICBC"),
    ("CCB", "中国建设银行", "China Construction Bank"),
    ("ABC", "中国农业银行", "Agricultural Bank of China"),
    ("CMB", "招商银行", "China Merchants Bank"),
    ("SPDB", "上海浦东发展银行", "SPD Bank"),
    ("SDB", "深圳发展银行", "Shenzhen Development Bank"),
    ("CIB", "兴业银行", "Industrial Bank"),
    ("CIB_D", "兴业银行借记卡", "Industrial Bank, debit"),
    ("CIB_C", "兴业银行信用卡", "Industrial Bank, credit"),
    ("BOB", "北京银行", "Bank of Beijing"),
    ("CEB", "中国光大银行", "China Everbright Bank"),
    ("CMBC", "中国民生银行", "China Minsheng Bank"),
    ("CITIC", "中信银行", "China CITIC Bank"),
    ("GDB", "广发银行", "China Guangfa Bank"),
    ("GDB_D", "广发银行借记卡", "China Guangfa Bank, debit"),
    ("GDB_C", "广发银行信用卡", "China Guangfa Bank, credit"),
    ("PAB", "平安银行", "Ping An Bank"),
    ("BOC", "中国银行", "Bank of China"),
    ("COMM", "交通银行", "Bank of Communications"),
    ("NJCB", "南京银行", "Bank of Nanjing"),
    ("NBCB", "宁波银行", "Bank of Ningbo"),
    ("SRCB", "上海农商银行", "Shanghai Rural Commercial Bank"),
    ("BEA", "东亚银行", "Bank of East Asia"),
    ("BEA_D", "东亚银行借记卡", "Bank of East Asia, debit"),
    ("BEA_C", "东亚银行信用卡", "Bank of East Asia, credit"),
    ("POSTGC", "中国邮政储蓄银行", "Postal Savings Bank of China"),
)
_COMPANY = (
    ("ICBCB2B", "工商银行（企业）", "ICBC (company)"),
    ("CCBB2B", "建设银行（企业）", "China Construction Bank (company)"),
    ("CMBB2B", "招商银行（企业）", "China Merchants Bank (company)"),
    ("ABCB2B", "农业银行（企业）", "Agricultural Bank of China (company)"),
    ("SPDBB2B", "浦发银行（企业）", "SPD Bank (company)"),
    ("CEBB2B", "光大银行（企业）", "China Everbright Bank (company)"),
)
# companies' banks are also known by number
NUMBERS: Mapping[str, str] = {
    "1030": "ICBCB2B",
    "1040": "CCBB2B",
    "1042": "CMBB2B",
    "1043": "ABCB2B",
    "1080": "SPDBB2B",
    "1103": "CEBB2B",
}
BANKS: Mapping[str, Bank] = {
    CASHIER: Bank(code=CASHIER, name="财付通收银台", name_en="Tenpay cashier"),
    **{code: Bank(code=code, name=name, name_en=english) for code, name, english in _PERSONAL},
    **{
        code: Bank(code=code, name=name, name_en=english, is_company=True)
        for code, name, english in _COMPANY
    },
}
