/** Rules about fields that only SGX enclaves or only TDs have. They look at the quote itself. */
import type { Quote } from '../dcap/quote.ts';
import { Refusal } from '../refusal.ts';
import type { Policy } from './policy.ts';
import { isSame } from './rules.ts';

function checkSgx(quote: Extract<Quote, { tee: 'sgx' }>, policy: Policy): void {
  const { isvProdId, minimumIsvSvn, configId } = policy.sgx ?? {};
  const { body } = quote;
  if (isvProdId !== undefined && body.isvProdId !== isvProdId) {
    throw new Refusal('policy-measurement', `The product id is ${body.isvProdId}.`);
  }
  if (minimumIsvSvn !== undefined && body.isvSvn < minimumIsvSvn) {
    throw new Refusal('policy-tcb', `The enclave's ISVSVN is ${body.isvSvn}.`);
  }
  if (configId !== undefined && !isSame(configId, body.configId)) {
    throw new Refusal('policy-measurement', `CONFIGID is ${body.configId}.`);
  }
}

function checkTdx(quote: Extract<Quote, { tee: 'tdx' }>, policy: Policy): void {
  const { requireSeptVeDisable, mrServiceTds = [], mrSeams, ...fields } = policy.tdx ?? {};
  const { body } = quote;
  if (requireSeptVeDisable === true && !body.septVeDisable) {
    throw new Refusal(
      'policy-platform',
      'SEPT_VE_DISABLE is off: the host can make the TD take page faults.',
    );
  }
  const service = body.mrServiceTd;
  const bound = service !== undefined && !/^0*$/.test(service);
  if (bound && mrServiceTds !== true && !mrServiceTds.some((digest) => isSame(digest, service))) {
    throw new Refusal('policy-migration', `A service TD is bound: MRSERVICETD ${service}.`);
  }
  if (mrSeams !== undefined && !mrSeams.some((digest) => isSame(digest, body.mrSeam))) {
    throw new Refusal('policy-measurement', `MRSEAM is ${body.mrSeam}.`);
  }
  for (const name of ['mrConfigId', 'mrOwner', 'mrOwnerConfig'] as const) {
    const wanted = fields[name];
    if (wanted !== undefined && !isSame(wanted, body[name])) {
      throw new Refusal('policy-measurement', `${name} is ${body[name]}.`);
    }
  }
}

/** Throws `Refusal`. */
export function checkQuoteRules(quote: Quote, policy: Policy): void {
  if (quote.tee === 'sgx') checkSgx(quote, policy);
  else checkTdx(quote, policy);
}
