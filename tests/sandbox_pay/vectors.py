"""Vectors of WeChat Pay's version 3: a throw-away key, and what it signs."""

_MARK = "PRIVATE" + " KEY"
PRIVATE_KEY = f"""-----BEGIN {_MARK}-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCjl7WGjKSyI7+t
3KIE8j7DBCV5eojhGx0cjsCnG/9+SqplpLWgEkmSJE3dH5oCyU7YI7ImLRG2Qy2W
Dieg34R6MI3k9wqdbmDztKwrA40wqqGtsi5OnldUbE302x8YAvKhDgeIThaFhnUF
NYT8hJjl7LdcL3Mcd5FKhuKRxwtjCM7dHBI1B79UjMwRyDmwPNtmD+yIaLqajXp2
bhTXkRhW9NwIs83iTkQLA0qQ9PT2jKxM2vBHxfYWuZD9qE1MKIkuUFTo5bM75CgK
eFjYU9CDZxWex4l9txb04zhzQcJnjaj35OFmbBabvM1oEU5skiyN3IAoDq1icW6q
X45P3Hr7AgMBAAECggEAFAY/7AZPKpcBoXB+TIiycgCR7bq4AoXlHFfE8S+WKIlP
Lj3pFXznkIHtHgH+QhUOF5rW9aFSp7K1Y8a7xw9VEffbholOvVKDf5E/+cvnfmuE
etRyoqDzI5xWNoCT38aMmHY1KdQVIacBr++LJbW9WXeOQjR0rKleGXdFSH7KwAZj
2P7ZArY8WAxvQd0Yiy7dqVGELqBXTEmxH2hmeQCTI0aQuUmG2QvnmGsoOyOeUolO
oUbS9xcdA7mYB+jPRxuHBtLvksZOV4F8i9hQPfonDyE1v3Y85lwgiyWER1PgijBR
tQ7iq6VT+VA8+JIx0BujBkFsdZFvgxAiXZJXW9+McQKBgQDUnyS4CitBtFQFCp4M
pIppocOlaeTfXZWDrtQki/q2CULGoN3zcjSZScROhG2KW9cqLzzGx957QLXPk7OE
foa288CXhXnyg7EbTYsFl2htxpLeaoPGK9v5HJPUxy7UkoUjPJe41FA1zrES37QF
/Y1TVF8StqZPFrhnU7P1JjG1/QKBgQDE991gHf4oBzWsFaRCWqqx1zdb/DmA17Yd
rXLRbFwblzsdY2xpMelEf2tCDhDIrTrdPQlxfxJuLAfZG87mCZn3bV3xq3uLr/i2
Z6FOtni5TnfFEIYAUR7/O33O3s83KhV7aXWhwah+360BCGxE+jzZrL4favb7ScFo
bMt7GDbKVwKBgQCTbxcDFuoP0X9BT69wjNf9j1Ie7WLrD/WRLjWkcfwTJjDLktjU
6qhWcrRQzbs3aZ+1fLPkEsvPI3vuyDh+801up28wojmBVJgGmqp/4hFjrYJCABIH
5HnQL2TC8qsic8cmO+npHC/SX9ShhcVLMhpBYgva6hRAWzzbSUtL/oQR8QKBgH4n
XvNr4lfS3k58gfs5xPAorr1Mm6vo/Sye5dY6N/g38VXOUyZBIG2Nyq3BAoD1aqk+
qai2waAstU4Z4Hc3mRR/SNc7hOKf74UsdIVMm5/cIRvnjFvxmQ/SE68Gx+NGIgIs
NnpG5dt0+YKa2XWIbKbiW9cVlGC4CZcPb3hEtvr7AoGASAfHSqunvSyRCl6J7knq
WNc1rcgKtn+FiJ2yoIqybKV1XPPpIKgp+xpzDB1rl5iFSZBGuf+Mm7z/nwwuKIEV
OoS1ER+7YstyfzjIDKR/MxxbOTEGpYJH1miSpH3lr/wvonhwSmFfE3PnFgbOuOpF
hZalr8WZ4I09ONVNsvzq4VY=
-----END {_MARK}-----
""".encode()
PUBLIC_KEY = b"""-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo5e1hoyksiO/rdyiBPI+
wwQleXqI4RsdHI7Apxv/fkqqZaS1oBJJkiRN3R+aAslO2COyJi0RtkMtlg4noN+E
ejCN5PcKnW5g87SsKwONMKqhrbIuTp5XVGxN9NsfGALyoQ4HiE4WhYZ1BTWE/ISY
5ey3XC9zHHeRSobikccLYwjO3RwSNQe/VIzMEcg5sDzbZg/siGi6mo16dm4U15EY
VvTcCLPN4k5ECwNKkPT09oysTNrwR8X2FrmQ/ahNTCiJLlBU6OWzO+QoCnhY2FPQ
g2cVnseJfbcW9OM4c0HCZ42o9+ThZmwWm7zNaBFObJIsjdyAKA6tYnFuql+OT9x6
+wIDAQAB
-----END PUBLIC KEY-----
"""
TIMESTAMP = "1795262400"
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
_V1_TEXT = (
    '{"appid":"wxd678efh567hg6787","mchid":"1230000109","description":"云费用充值","out_trade_no":'
    '"TOPUP202611220001","time_expire":"2026-11-22T21:00:00+08:00","notify_url":"https://pay.'
    'example.com/notify/wechat","amount":{"total":100,"currency":"CNY"}}'
)
V1_BODY = _V1_TEXT.encode()
V1_SIGNATURE = (
    "jhDCVhn3/1y+yKtVIYOOl7mAZZE9uYR6591YLlJz3tDHegrDnUH2Jmi8N+xrZv11yZy7C3srnAI9IvCO3mPH8WEG"
    "jiEal3ibYFtUM6vO6GqHnVL3opgJyOuCMYa/IUhkdRKMY4DGwEY92QHEBdTQ70AZVqX0GK42OAUqB0YbPy/dnClZ"
    "DRl1NYVVwdws/0o1mTt9hEBxdYBlAkGLwarxXaewSMyAgL2h4Yxs+Tn6owkYodlNk5PiatiVCgzcfBAiTaPdQOF6"
    "A5dnd2lZ1FNSmEDTCxxRwldCReKNIYLM+zkVVBYohBls3Yvb8uRU/g8MvyOtdpDwEm7YEppYLyo4Ow=="
)
V2_TARGET = "/v3/pay/transactions/out-trade-no/TOPUP202611220001?mchid=1230000109"
V2_SIGNATURE = (
    "m55SM4tBZ0K3FzDByzlDafbbvoWW0fYsqFQ25bsoxHU7AQQx5hvNj8DbwAMQLlwq42xMLzo44Wxslf8qDo0tmIlD"
    "awH+JKsDG7DD1eK7x/+8LIgNKeMZ6c1C6ys6WuBT/CosIcKYXjXvgcTLEprAq/R7dgITuqV6FbFugPsK0M5fRnmb"
    "kYyVa+EPe3C17MdCD1gNFrPE9StJxDl/Qldzx/hGuAaH7OA8oQF5c3AYaiuU0d8+Vf6qepWoPYqduMX9wX5LzBFn"
    "2o/dgYAPPlL0vxA9ZQ1PFBPM9XviDYXTisG8FZx7Yqay9SiRN872HKFTGhPn5DTlW+LZpHXriaNxzg=="
)
V3_BODY = b'{"code_url":"weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}'
V3_SIGNATURE = (
    "Y0jViyqkU2iQu1Fylcgu0z9hMo5C2bvIrSsrRRA6AzuNgCwerDcTietsigfCOoyYAsRLdEh3u/mZiac3/Tph3kgs"
    "ntkxAIENai1C5PovNx+s4Ob5kZtHuWftwi82yJ88wgjnaLFwc+si+X0wstmxc4hPxshx351YH+nFJLMfZlOv5KQE"
    "DfIhWLrDXFiwEzs3rABznafgf52UVC7Wd0IfnWpu8xe7i1gd4dRgac0gxbe6Wdl75DIoTEFPZl3jtAMLMgM6cvH7"
    "xr/B05un686SjWUs80e54RlOnZPbXGzmBhhJyiC7YhQzOtBBdiAD8j9pFiUxUVmIS0mM90BUnO7EFQ=="
)
V4_SIGNATURE = (
    "MZ4TWriaVk06H06XnUeEwnlFGxPFPXnJLkyfzNW5VK8SuAxo1FL79PAS/D0dZOdsxo7ONbwkZ4mG+J1tQif1eFVJ"
    "M/2uTJvQoSdpH4kbuBy66VqmcUL3HbToe6ZGepHkY6jGHqU4H71XW19RV0SZtTketZqrZWUAPxKmMncq8dw8rGvl"
    "1afvOjUu5Vv7ss3h7M4eyweVQI+vsePex8BlXxweCPRmwtTUhPAVZoy8x8Fk6c/VMQqp9Nd3a+Zb77CNpVlu7dt2"
    "BdDhceaPjQktMqmTQBWaG/4PHSZxFOWR/bSktsGNn9VfUKB+9DEDs6zdTwF12kpNpfoKB0A9QRTMfw=="
)
V5_PLAINTEXT = (
    '{"mchid":"1230000109","appid":"wxd678efh567hg6787","out_trade_no":"TOPUP202611220001","t'
    'ransaction_id":"4200002000202611220000000001","trade_type":"NATIVE","trade_state":"SUCCE'
    'SS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2026-11-2'
    '2T20:40:00+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":10'
    '0,"payer_total":100,"currency":"CNY","payer_currency":"CNY"}}'
)
V5_CIPHERTEXT = (
    "kdUy8AAEd+F97t+k/MpygRXtZHctC3RtMchS24m9Vng9yHRmM42GF+z/oI6VV5XRrTHDjRbuQcOvBYq9jNsZHTq6"
    "GgbKipvSUSRG3r4BNvoKZOh8VRzWdBXpJ3KZMm9pI1RE6ZRmf/5d7axZ2r1KSNvcN3vIt4diPFDhxKLOIxEcB6wG"
    "aNzBR/pKmqmDmAeNqtAt8yKpm/Yey8EYqTXQJ9labPFEEpzIsHO8U3x2UumfHR6+BCVG/ZsB+a2lCSdQ9bwctVDg"
    "9FdmzXMjsMPMN72hkSXuH1kujnWdFOScK2KPU/0jDaVawwRNqiZTutiUQotuoKALM6Djbg8t021qTHgiKC8Hn6YF"
    "7Ahk5Mg3iMO8Euu1RqE+XsH4xT5lYx6hpm296Z1Q2z9zybJAXXyuch3u7mI/MQvIJL3r50BM2gce42D1d2Au9RL3"
    "cr7smdUsXNyITPE4q0jZ5zrbtTAtWLxPU2YoD8si0rDiSBfIi3/m1F+ZIE19XGEMqS1oysdDGOAnt8WOasW2k8S/"
    "4MtN7VmS38G/RFFL6KJ1P2Yc1G6wLiyst1Vl1eQtUBlQPhIS5mU4czc="
)
V6_BODY = (
    (
        '{"id":"EV-2026112220400000001","create_time":"2026-11-22T20:40:01+08:00","resour'
        'ce_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功",'
        '"resource":{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","cipher'
        'text":"'
    )
    + V5_CIPHERTEXT
    + '","associated_data":"transaction","nonce":"fdasflkja484"}}'
)
V6_SIGNATURE = (
    "Ot658DxI4+vakRKrIcv7eYpGYueyxRWPrfXXyRQHLwXpHFUwrWzmbNK+MF04hDKfY6PsxYf5gs3F2T3TLesNWOc3"
    "/GI5D5Tu2y8qEf9KQ3U+uoc7o9wb1u4oc3NTSom8a6CqIh0X3Kp5LIJxKl58zK0lzRiREQblyLQKFYxirTdqF5Jd"
    "mjvZrYrI1yu+ABEM/kxYVaGP6z0tvaQSkrPgyrlF2abgGbfoba0+1flimyGj4EkBPK4r2UsQkFpXcayyctQh3R7p"
    "3HW5DTGleKLd3lX3bt0R2N7d86laKb5khFNrOeUoaDlGbUJJugc4KFgP6XXJr17vdL0tSylqBVm08g=="
)
