import { KeptSandboxes, SandboxExecutor, cpythonRunner } from '@gaiwan/executors';
import { mkdtempSync } from 'node:fs';
import { SandboxProcess } from '/work/w-speed/packages/executors/dist/sandbox/sandbox-process.js';
const ren=[]; const r=SandboxProcess.prototype.renew; SandboxProcess.prototype.renew=async function(){const b=performance.now(); const x=await r.call(this); ren.push(performance.now()-b); if(!x) console.log('not renewed'); return x};
const folder=mkdtempSync('/tmp/p-');
const runner = await cpythonRunner({python:'/usr/bin/python3',sandbox:{folder}});
console.log(runner.reuse, runner.overheadMiB);
const ex=await SandboxExecutor.open({runner, slots:2, sandbox:{folder}, kept:new KeptSandboxes(), onTrouble: console.log});
const req={functionName:'f',executorType:'python',executor:'cpython',arguments:'{"a":3,"b":4}',payload:Buffer.from('def main(i,o,args):\n    return args["a"]+args["b"]\n'),inputs:{},outputs:[],folder,domain:'x',limits:{timeMs:60000,cpuMs:60000,memoryMiB:512,outputBytes:1<<20,logBytes:1<<16,files:10}};
try {
for (let i=0;i<3;i++) console.log(Buffer.from((await ex.run(req)).returnValue).toString());
const times=[]; let left=300; const b=performance.now(); const cpu=process.cpuUsage();
await Promise.all([0,1].map(async()=>{while(left-->0){const s=performance.now();await ex.run(req);times.push(performance.now()-s)}}));
const el=performance.now()-b; const c=process.cpuUsage(cpu);
const q=(a,p)=>a.toSorted((x,y)=>x-y)[Math.floor(a.length*p)]?.toFixed(2);
console.log('per s',(300/el*1000).toFixed(0),'p50',q(times,.5),'p95',q(times,.95),'p99',q(times,.99),'renew p50',q(ren,.5),'p95',q(ren,.95),'max',q(ren,.999),'host cpu ms/call',((c.user+c.system)/3e5).toFixed(2));
} catch (e) { console.log(e, e.cause, e.log) }
await ex.close();
