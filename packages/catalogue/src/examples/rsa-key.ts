import { fromBase64 } from './base64.ts';

/** An RSA key made for the example of `builtin-rsa-sign`; it is public and protects nothing. */
export const rsaKey: Uint8Array = fromBase64(
  [
    'MIIEpAIBAAKCAQEAsVmzHIvjwIqaEyivXFRhKDNXI9oemqljgP5kL7nHgKfglaxOLTGBdHxSZ1I4PAuVQRGYwiwO+DtY+SL5x+qJ',
    'MAnkauVRTfkevoVjgXoXdSWqd+R8jo6xZ37kUyknKwui2jBjQ8LsFef8jaKw4+/wF1MUht2gDy6p9cOl+SVTHuL+9vC6yagd82lZ',
    'lUvlV/CETFtrrYMHwYjof278YfDq1vq/LB6sRw/mYKTGw/wx1tH/ASoEUinNQiJrxLcFYKmtEvW6z3t9vIrfGEHFCZwkN3e76na3',
    'o78u4b9mI9uu44wCtSzsTKWl1DwLkkFl0YcQ4pMBVyrP/+t+8bnBOzqOTwIDAQABAoIBAAZTyDf3gbJ+tkOnSvAOMy90+ysLSB9h',
    'USNYlK0HysLEcWAOyYc6Yez6aMkSByhwr6M4zVpBPG7qeWm45rlMLzvxqdWPDk/1IX3PdwykzAkqDiNS4odPgD46BXA2GYLsWlqb',
    '4DEH+/rYGPmQon6vVy9bj5ZYw0RnZfANbru/hZSmUQ4KoZeC+6xbkNgiXb6B6Ygy07F41bL+/Jv0dzv9K0UafT94vsKPIlBjhlDT',
    'ICMjZCWsN3EtCUTtoI0gsc+/Fgj73ysC12BIrTQ0qFs36RcpSwenp/17M707JMXmmKZCApkFPFy4Dr+xSrIm4EpCPfmdj5llZuWX',
    '4jAriDd5prECgYEA5ehHTF7XMkH1jLsdBq/Uij8uMC0p7VWpRStDSmIgIlzc54YaVB8HZVhk2jgxN2a9c0swjF1bLA9XH85L/C8a',
    'USoZCZuSfnxOXbYaxlDvz114E9bihabNhMJfv2cGF73vUDIfigoq3fplHM+Ksohov8SkHggko8Lr6QTcOiYfNNcCgYEAxXpu2R8o',
    'udaq/duZWliAc6Jez7NX3UxgEH7M64ZdOojIeyKJnRHRkf4dv74b/QVhaCK8LHXDfcZhZmhOZ0o0xfcTE2VF2RKW57yi5+YU6/wh',
    '+9dI9/GtScmoKeJtPAV9slIlDdVSB+3bHP6SlVFhnHHuMRzk0y15nHUZjDJCy0kCgYEAr85ebxz7DDh6D8Kp4IomSg0kQbzXmeBu',
    'TzFVBJVio0RFvFnE2lzb5/ifLmvX3tiWuIpftoZRCLE2W2ECo/ZU9ontmXY4oLZnqqttcAdGSljcULd6gt9Zu1Jzq0aZ1x/r13Rs',
    'v78kppgqJ8zg78L17ubs5PYvJncQtSB9U44BQQMCgYAStlE+nac8RM0bFO3pE63IR0B4qePPgmcv6PP99VNsMn3cvR8RFRkonk2v',
    'V5JLXXEnbvMpu1b02hFspMGZI/zwLUNPeS8vLIXEG6nME48z9UY7GOE/LVVgQo1+uofjQhnxBbuhHe+R9MXob27wWy/GpT0OxlAg',
    'epSlcKslD7YokQKBgQDYECbjTbXtwoRX9ISSfPyOd7ismitL434G7heZX2+rEL2RcER4UmBNaNS5AOfIgIVjXRVrnRrM+/WT3ZIH',
    'QgoafPCoANmLEEW5rKGW+DaqgJj9ICZuhiLfQKDBgm2BZbm7u+G1M/37EKhSYUcaIDkVx1zuxQxJHKIip10MedOGFg==',
  ].join(''),
);

export const rsaSignature: string = [
  'QMLVWVQ496wtn6ddNi2dRJ3QlVMWb3Yu5CXIikU5cwyRkBfDpJyiYuoEZVsemD+4VFypiUweYShUCkMhEYZ/pcCQUsk26NiAOy2J',
  'BAkre2fgkY3U0CxrM1Sv3GW8w360xXNgOiBKCZua8jYgmt4eogtcyO+g+UUNpdytEoETz0cjL5wRnZH5Y0dJMaX7zOBQX9Jdvzow',
  'RaJzETepUoplm516oefSIZVBprKRmslA/1n+ivA3Yz5usIAq1F2KrpKgQSNscr/hllPP1wNdNeHMNAsxO27Lq5Yie08aL+MGMzvK',
  'rcDjA7tUZ+XpUt+9Vip/GnCgXLvzAnZMW0qL2pRqug==',
].join('');
